"""The part of the scripted Twilio that makes calls: POST and GET of `…/Calls.json`, GET of one call.

It rings nobody by itself: a test answers a call with `ScriptedCall`, or says how it ended with `end`.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final

from aiohttp import web

from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

_PARAMETERS: Final = frozenset(
    {
        "To", "From", "Url", "Method", "StatusCallback", "StatusCallbackMethod", "Timeout",
        "MachineDetection", "MachineDetectionTimeout",
    }
)  # fmt: skip
_AUTHORIZATION: Final = "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that the gateway had made."""

    sid: str
    to: str
    from_: str
    url: str
    status_callback: str
    timeout: int
    machine_detection: str
    machine_detection_timeout: int
    created_at: datetime
    status: str = "queued"
    answered_by: str | None = None


class TwilioCalls:
    """The calls of the account. `refusals` are used up one per POST: a status and a code.

    Without a code it is a proxy that answers. `answers_lost` counts POSTs to come that are carried out, and
    whose answer never arrives.
    """

    def __init__(self) -> None:
        self.placed: list[PlacedCall] = []
        self.refusals: deque[tuple[int, int | None]] = deque()
        self.answers_lost = 0
        self.look_ups = 0
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._arrived = asyncio.Condition()
        self._read = 0

    def add_routes(self, app: web.Application) -> None:
        """Serve them."""
        app.router.add_post("/2010-04-01/Accounts/{account}/Calls.json", self._create)
        app.router.add_get("/2010-04-01/Accounts/{account}/Calls.json", self._list)
        app.router.add_get("/2010-04-01/Accounts/{account}/Calls/{sid}.json", self._fetch)

    async def next_call(self) -> PlacedCall:
        """The next call that nobody has read yet, waiting for it."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.placed) > self._read)
            self._read += 1
            return self.placed[self._read - 1]

    def end(self, sid: str, status: str, answered_by: str | None = None) -> None:
        """Say how a call ended: completed, busy, no-answer, failed, canceled."""
        self.placed = [
            replace(call, status=status, answered_by=answered_by) if call.sid == sid else call
            for call in self.placed
        ]

    @property
    def under_way(self) -> int:
        """Calls that nobody has said the end of."""
        return sum(call.status == "queued" for call in self.placed)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        if refusal := _refusal_of(request, form):
            return _error(*refusal)
        if self.refusals:
            return _error(*self.refusals.popleft())
        call = PlacedCall(
            sid=f"CA{len(self.placed) + 1:032x}",
            to=form["To"],
            from_=form["From"],
            url=form["Url"],
            status_callback=form.get("StatusCallback", ""),
            timeout=int(form.get("Timeout", "60")),
            machine_detection=form.get("MachineDetection", ""),
            machine_detection_timeout=int(form.get("MachineDetectionTimeout", "30")),
            created_at=self.now(),
        )
        async with self._arrived:
            self.placed.append(call)
            self._arrived.notify_all()
        if self.answers_lost and request.transport is not None:
            self.answers_lost -= 1
            request.transport.abort()
        return web.json_response(_document(call), status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        self.look_ups += 1
        if request.headers.get("Authorization") != _AUTHORIZATION:
            return _error(401, 20003)
        to, from_ = request.query.get("To"), request.query.get("From")
        found = [
            call for call in reversed(self.placed) if to in {None, call.to} and from_ in {None, call.from_}
        ]
        size = int(request.query.get("PageSize", "50"))
        return web.json_response(
            {
                "calls": [_document(call) for call in found[:size]],
                "page": 0,
                "page_size": size,
                "uri": request.path_qs,
                "next_page_uri": None,
            }
        )

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        self.look_ups += 1
        if request.headers.get("Authorization") != _AUTHORIZATION:
            return _error(401, 20003)
        sid = request.match_info["sid"]
        call = next((call for call in self.placed if call.sid == sid), None)
        return web.json_response(_document(call)) if call else _error(404, 20404)


def _refusal_of(request: web.Request, form: dict[str, str]) -> tuple[int, int] | None:
    """What is wrong with a POST; 20001 for what Twilio itself would let pass."""
    if request.headers.get("Authorization") != _AUTHORIZATION:
        return 401, 20003
    ring = form.get("Timeout", "60")
    faults = (
        (not set(form) <= _PARAMETERS, 20001),
        (not form.get("To"), 21201),
        (not _E164.fullmatch(form.get("To", "")), 21211),
        (form.get("From") != LINE, 21210),
        (not re.fullmatch(r"https?://\S+", form.get("Url", "")), 21205),
        (not re.fullmatch(r"https?://\S+", form.get("StatusCallback", "https://x")), 21609),
        (form.get("MachineDetection", "Enable") not in {"Enable", "DetectMessageEnd"}, 20001),
        (not ring.isdigit() or not 1 <= int(ring) <= 600, 20001),
        (not 3 <= int(form.get("MachineDetectionTimeout", "30")) <= 59, 20001),
    )
    return next(((400, code) for wrong, code in faults if wrong), None)


def _error(status: int, code: int | None) -> web.Response:
    if code is None:
        return web.Response(status=status, text="<html>proxy</html>")
    document = {"code": code, "message": "not +8613800138000", "more_info": "", "status": status}
    return web.json_response(document, status=status)


def _document(call: PlacedCall) -> dict[str, Any]:
    """The call as Twilio describes it (OpenAPI document of API version 2010-04-01)."""
    now = format_datetime(call.created_at)
    return {
        "account_sid": ACCOUNT_SID,
        "answered_by": call.answered_by,
        "api_version": "2010-04-01",
        "date_created": now,
        "date_updated": now,
        "direction": "outbound-api",
        "duration": None,
        "from": call.from_,
        "sid": call.sid,
        "status": call.status,
        "to": call.to,
        "uri": f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls/{call.sid}.json",
        "subresource_uris": {},
    }
