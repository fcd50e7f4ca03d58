"""Twilio's REST API for an account and its numbers, on loopback: what it says of them is up to the test."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

_ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
_DATE = "Mon, 23 Nov 2026 02:00:00 +0000"


@dataclass
class TwilioAccount:
    """An account with one number."""

    status: str = "active"
    kind: str = "Full"
    number: str = LINE
    sms_url: str = ""
    takes_texts: bool = True
    url: str = ""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[TwilioAccount]:
        """The API, until the block ends."""
        app = web.Application()
        app.router.add_get(f"{_ACCOUNT}.json", self._account)
        app.router.add_get(f"{_ACCOUNT}/IncomingPhoneNumbers.json", self._numbers)
        async with TestServer(app, host="127.0.0.1") as server:
            self.url = str(server.make_url("/")).rstrip("/")
            yield self

    async def _account(self, request: web.Request) -> web.Response:
        if refused := _refused(request):
            return refused
        document = {"sid": ACCOUNT_SID, "status": self.status, "type": self.kind, "date_created": _DATE}
        return web.json_response({**document, "date_updated": _DATE, "friendly_name": "test", "uri": ""})

    async def _numbers(self, request: web.Request) -> web.Response:
        if refused := _refused(request):
            return refused
        wanted = request.query.get("PhoneNumber", "")
        found = [
            {
                "sid": "PN" + "1" * 32,
                "account_sid": ACCOUNT_SID,
                "phone_number": self.number,
                "capabilities": {"sms": self.takes_texts, "voice": True, "mms": False},
                "sms_url": self.sms_url,
                "date_created": _DATE,
                "date_updated": _DATE,
            }
        ]
        page = {"page": 0, "page_size": 50, "uri": request.path_qs, "next_page_uri": None}
        return web.json_response({"incoming_phone_numbers": found if wanted == self.number else [], **page})


def _refused(request: web.Request) -> web.Response | None:
    given = request.headers.get("Authorization", "")
    if given == "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode():
        return None
    return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
