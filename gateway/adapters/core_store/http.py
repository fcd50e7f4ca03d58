"""The core store over HTTP (docs/core-store.md): one PUT for each revision of an evaluation."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Final
from urllib.parse import quote

import aiohttp
from yarl import URL

from gateway.adapters.core_store.answers import is_stored, refusal
from gateway.adapters.core_store.profiles import Profile
from gateway.application.ports.clock import Clock
from gateway.domain.documents import Document
from gateway.domain.errors import ConfigurationError, DeliveryFailed, FailureFacts

_LONGEST_ANSWER: Final = 16 * 1024
"""Bytes of an answer that are read; a connection with more to say is closed."""
_FAILURES: Final[tuple[tuple[type[Exception], str, str], ...]] = (
    (TimeoutError, "timeout", "did not answer in time"),
    (aiohttp.ClientConnectorDNSError, "dns", "has no address: its name cannot be resolved"),
    (aiohttp.ClientSSLError, "tls", "has no certificate that this machine trusts"),
    (aiohttp.ClientConnectorError, "refused", "cannot be reached"),
    (aiohttp.ClientResponseError, "bad_answer", "answered with something that is not HTTP"),
    (aiohttp.ClientError, "disconnected", "broke the connection"),
    (OSError, "disconnected", "broke the connection"),
)
"""The first that fits names the failure."""


class HttpCoreStore:
    """The port `CoreStore` over HTTP.

    `url` is what `/v1/evaluations/{evaluation_id}` is put behind; `timeout` covers a whole call.
    `session` is shared and stays its owner's.

    Raises:
        ConfigurationError: the URL or the token cannot be used.

    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        token: str,
        profile: Profile,
        timeout: timedelta,
        clock: Clock,
    ) -> None:
        self._session = session
        self._evaluations = _base(url).joinpath("v1", "evaluations")
        self._headers = {
            "Authorization": f"Bearer {_checked_token(token)}",
            "Content-Type": "application/json",
            "Accept": "application/json, application/problem+json",
        }
        self._profile = profile
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())
        self._clock = clock

    async def put(self, document: Document) -> None:
        """Store one revision; see the port.

        A time-out or a broken connection may hide that the store took it. That is no `outcome_unknown`:
        the store deduplicates on (evaluation_id, revision), so that a repeat is always harmless. (aiohttp
        itself repeats a PUT once when a kept connection turns out to be broken.)
        """
        record = self._profile.render(document)
        address = self._evaluations.joinpath(quote(str(document["evaluation_id"]), safe=""), encoded=True)
        try:
            await self._put(address, _encoded(record))
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error) from error

    async def look(self, *, with_token: bool) -> int:
        """Ask for a record that does not exist; the status of the answer. Changes nothing.

        The contract does not say what a GET gives, but a store that guards itself answers 401 or 403 without
        the token, and something else with it.

        Raises:
            DeliveryFailed: there is no answer.

        """
        headers = self._headers if with_token else {"Accept": "application/json"}
        address = self._evaluations / "haochaping-doctor"
        try:
            async with self._session.get(
                address, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                return response.status
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error) from error

    async def _put(self, address: URL, body: bytes) -> None:
        async with self._session.put(
            address, data=body, headers=self._headers, timeout=self._timeout, allow_redirects=False
        ) as response:
            answer = await _beginning(response)
            if not is_stored(response.status):
                wish = response.headers.get("Retry-After", "")
                raise refusal(response.status, wish, answer, self._clock.now())


def _base(url: str) -> URL:
    place = "core_store.url"
    try:
        base = URL(url)
    except ValueError:
        raise ConfigurationError("is no URL; write https://host/path", place=place) from None
    if base.scheme not in {"http", "https"} or not base.host:
        raise ConfigurationError("write it in full, such as https://host/path", place=place)
    if base.user or base.password or base.query_string or base.fragment:
        # Not repeated in the message: a password may stand in it.
        raise ConfigurationError("takes no user, query or fragment; the token has its own key", place=place)
    return base


def _checked_token(token: str) -> str:
    if not token:
        raise ConfigurationError("is empty; set it by environment or from a file", place="core_store.token")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            "has a blank, a line break or a character beyond ASCII; copy it again", place="core_store.token"
        )
    return token


def _encoded(record: Document) -> bytes:
    """JSON in UTF-8; half a surrogate pair, which UTF-8 cannot say, becomes a question mark."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """As much of the answer as is worth reading; the status alone decides, so a break here is no failure."""
    pieces: list[bytes] = []
    room = _LONGEST_ANSWER
    with suppress(aiohttp.ClientError, OSError):
        while room > 0 and (piece := await response.content.read(room)):
            pieces.append(piece)
            room -= len(piece)
    return b"".join(pieces)


def _failure(error: Exception) -> DeliveryFailed:
    code, words = next((code, words) for kind, code, words in _FAILURES if isinstance(error, kind))
    return DeliveryFailed(f"the core store {words}", FailureFacts(code=code, retryable=True))
