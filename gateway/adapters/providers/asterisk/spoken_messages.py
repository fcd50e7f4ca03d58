"""Spoken messages that Asterisks keep, fetched by their REST interface."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import aiohttp

from gateway.application.ports.recordings import Recording
from gateway.domain.errors import Unavailable

_NAME: Final = re.compile(r"/recordings/stored/(haochaping-[0-9a-f-]{1,40})/file\Z")
_MEDIA_TYPE: Final = "audio/wav"
_TIMEOUT: Final = timedelta(seconds=10)


class AsteriskRecordings:
    """`Recordings` of these Asterisks, which have one login in common."""

    def __init__(
        self, session: aiohttp.ClientSession, urls: Sequence[str], *, username: str, password: str
    ) -> None:
        self._session = session
        self._urls = tuple(url.rstrip("/") for url in urls)
        login = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        self._headers = {"Authorization": f"Basic {login}"}

    def holds(self, reference: str) -> bool:
        """See the port."""
        return self._url_in(reference) is not None

    async def fetch(self, reference: str) -> Recording | None:
        """See the port."""
        url = self._url_in(reference)
        if url is None:
            return None
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT.total_seconds())
        try:
            async with self._session.get(
                url, headers=self._headers, timeout=timeout, allow_redirects=False
            ) as answer:
                if answer.status == HTTPStatus.NOT_FOUND:
                    return None
                if answer.status != HTTPStatus.OK:
                    raise Unavailable(f"the PBX gives out no recording now (status {answer.status})")
                return Recording(_MEDIA_TYPE, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"the PBX gives out no recording now ({type(error).__name__})") from None

    def _url_in(self, reference: str) -> str | None:
        """The address at the Asterisk that it names, if that is one of ours and it names a recording."""
        found = _NAME.search(reference)
        base = reference[: found.start()] if found else None
        return f"{base}/recordings/stored/{found[1]}/file" if found and base in self._urls else None
