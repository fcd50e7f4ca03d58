"""The wire: ARI's requests by HTTP, its events by WebSocket, both with one login."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote, urlsplit

import aiohttp

_CONNECTIONS: Final = 20
"""Enough for 400 callers; Asterisk closes what goes beyond its own `sessionlimit` of 100."""
_HEARTBEAT_SECONDS: Final = 10
"""How soon a silent Asterisk is taken for dead."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10, connect=5)
_NOT_FOUND: Final = 404
_REFUSED: Final = frozenset({401, 403})


class AriError(Exception):
    """Asterisk did not do what was asked; the message holds no secret and no number."""

    def __init__(self, message: str, *, status: int | None = None, sent: bool = True) -> None:
        super().__init__(message)
        self.status = status
        """Of its answer; None when there was none."""
        self.sent = sent
        """False where no connection came about, so that the request was certainly not heard."""


class NotThereError(AriError):
    """What was asked for is not there, or not any more: most often a caller who hung up."""


class AriClient:
    """One Asterisk; leaving it as a context closes its connections."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        app: str,
        *,
        shared: aiohttp.ClientSession | None = None,
    ) -> None:
        """`shared` is somebody else's session, in the place of one of its own."""
        self.url = url
        self.name = urlsplit(url).netloc
        """How metrics and logs call it."""
        self.app = app
        login = base64.b64encode(f"{username}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {login}"}
        self._shared = shared
        self._opened: aiohttp.ClientSession | None = None

    async def aclose(self) -> None:
        """Close its connections."""
        session, self._opened = self._opened, None
        if session is not None:
            await session.close()

    async def ask(
        self, method: str, *path: str, content: Mapping[str, object] | None = None, **params: str
    ) -> Any:  # noqa: ANN401 - JSON, of another shape for each request
        """The answer to a request, None for one without content; path parts are encoded here.

        Raises:
            NotThereError: no such channel, playback or recording.
            AriError: no answer, or another one than success.

        """
        target = f"{self.url}/{'/'.join(quote(part, safe='') for part in path)}"
        try:
            async with self._session.request(
                method, target, params=params, json=content, headers=self._headers, timeout=_TIMEOUT
            ) as answer:
                body = await answer.read()
                if not answer.ok:
                    raise _refusal(answer.status, path[0])
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            sent = not isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
            raise AriError(f"no answer to {method} {path[0]} ({type(error).__name__})", sent=sent) from None
        return json.loads(body) if body else None

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
        """The application's events for as long as the connection holds; opening it registers the application.

        Raises:
            AriError: it cannot be opened.

        """
        try:
            socket = await self._session.ws_connect(
                f"{self.url}/events", params={"app": self.app}, heartbeat=_HEARTBEAT_SECONDS
            )
        except aiohttp.WSServerHandshakeError as error:
            raise _refusal(error.status, "events") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AriError(f"cannot be reached ({type(error).__name__})") from None
        async with socket:
            yield _documents(socket)

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._shared is not None:
            return self._shared
        if self._opened is None:
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
            self._opened = aiohttp.ClientSession(connector=connector, headers=self._headers, timeout=_TIMEOUT)
        return self._opened


def _refusal(status: int, what: str) -> AriError:
    if status == _NOT_FOUND:
        return NotThereError(f"{what}: not there", status=status)
    if status in _REFUSED:
        return AriError(f"refuses asterisk.username with this password (status {status})", status=status)
    return AriError(f"{what}: status {status}", status=status)


async def _documents(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Mapping[str, Any]]:
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT:
            document = json.loads(message.data)
            if isinstance(document, dict):
                yield document
