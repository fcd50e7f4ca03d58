"""Spoken messages that Twilio keeps, fetched with the account's login."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from http import HTTPStatus
from typing import Final

import aiohttp

from gateway.application.ports.recordings import Recording
from gateway.domain.errors import Unavailable

_PLACE: Final = re.compile(
    r"/Accounts/(AC[0-9A-Za-z]{1,40})/Recordings/(RE[0-9A-Za-z]{1,40})(?:\.[a-z0-9]{3})?\Z"
)
_FORM: Final = ".mp3"
_MEDIA_TYPE: Final = "audio/mpeg"


class TwilioRecordings:
    """`Recordings`; of a reference only the recording's id counts, so that it leads nowhere else."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        account_sid: str,
        auth_token: str,
        api_base_url: str,
        timeout: timedelta,
    ) -> None:
        self._session = session
        self._account_sid = account_sid
        login = base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode("ascii")
        self._headers = {"Authorization": f"Basic {login}"}
        self._base = f"{api_base_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Recordings"
        self._timeout = aiohttp.ClientTimeout(total=timeout.total_seconds())

    def holds(self, reference: str) -> bool:
        """See the port."""
        return self._sid_in(reference) is not None

    async def fetch(self, reference: str) -> Recording | None:
        """See the port."""
        sid = self._sid_in(reference)
        if sid is None:
            return None
        url = f"{self._base}/{sid}{_FORM}"
        try:
            async with self._session.get(url, headers=self._headers, timeout=self._timeout) as answer:
                if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                    return None
                if answer.status != HTTPStatus.OK:
                    raise Unavailable(f"Twilio gives out no recording now (status {answer.status})")
                return Recording(_MEDIA_TYPE, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"Twilio gives out no recording now ({type(error).__name__})") from None

    def _sid_in(self, reference: str) -> str | None:
        found = _PLACE.search(reference)
        return found[2] if found and found[1] == self._account_sid else None
