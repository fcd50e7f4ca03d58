"""A scripted Twilio: its REST API for texts, on a free port of the loopback interface, and its webhooks.

    async with TwilioServer.running() as twilio:
        gateway = ...                      # api_base_url=twilio.url, account and token as below
        webhooks = twilio.webhooks(public_url, address)
        await webhooks.text_in("+8613800138000", "5")
        text = await twilio.next_text()    # what the gateway sent
        await webhooks.receipt(text.sid, "delivered", to=text.to, url=text.status_callback)

It is stricter than Twilio where that finds mistakes: unknown parameters are refused.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final, TypeAlias

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.peers.twilio_calls_api import TwilioCalls
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE, TwilioWebhooks

_PARAMETERS: Final = frozenset({"To", "From", "Body", "StatusCallback", "ValidityPeriod"})
_E164: Final = re.compile(r"\+[1-9]\d{6,14}")
_LONGEST_BODY: Final = 1600


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that the gateway sent."""

    sid: str
    to: str
    from_: str
    body: str
    status_callback: str
    validity_period: int | None
    created_at: datetime
    direction: str = "outbound-api"


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with an error; without a code the answer is a proxy's page, not Twilio's document."""

    status: int
    code: int | None = None
    retry_after: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """Read the request, take the text or not, and cut the connection."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class Stall:
    """Read the request, take the text or not, and never answer."""

    accepted: bool


@dataclass(frozen=True, slots=True)
class Garble:
    """Take the text and answer success with something else than a message document."""

    body: str = "<html>"


Trouble: TypeAlias = Refuse | Drop | Stall | Garble


class TwilioServer:
    """The REST API: POST and GET of `…/Messages.json`, GET of `…/Messages/{sid}.json`.

    `troubles` are used up one per POST, in order; without any the text is accepted. Numbers in `opted_out`
    are refused with 21610 as after a STOP. `now` is its clock, for tests that move theirs.
    """

    def __init__(self) -> None:
        self.sent: list[SentText] = []
        self.requests = 0
        """POSTs that arrived, refused ones included."""
        self.look_ups = 0
        """GETs that arrived."""
        self.troubles: deque[Trouble] = deque()
        self.look_up_troubles: deque[Refuse | Garble] = deque()
        """Used up one per GET."""
        self.list_is_behind = False
        """Whether the list shows nothing of what was taken, as a replica that lags."""
        self.statuses: dict[str, str] = {}
        """MessageStatus by SID; `queued` for the rest."""
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.opted_out: set[str] = set()
        self.lines = {LINE}
        """The account's numbers."""
        self.calls = TwilioCalls()
        """What was called."""
        self.recordings: dict[str, bytes] = {}
        """What callers said, by SID."""
        self.url = ""
        self.session: aiohttp.ClientSession
        self._arrived = asyncio.Condition()
        self._read = 0
        self._closing = asyncio.Event()
        self._authorization = "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
        self._path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[TwilioServer]:
        """The server, listening until the block ends."""
        twilio = cls()
        app = web.Application()
        app.router.add_post("/2010-04-01/Accounts/{account}/Messages.json", twilio._create)
        app.router.add_get("/2010-04-01/Accounts/{account}/Messages.json", twilio._list)
        app.router.add_get("/2010-04-01/Accounts/{account}/Messages/{sid}.json", twilio._fetch)
        app.router.add_get("/2010-04-01/Accounts/{account}/Recordings/{sid}.mp3", twilio._recording)
        twilio.calls.add_routes(app)
        async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession() as session:
            twilio.url, twilio.session = str(server.make_url("/")).rstrip("/"), session
            try:
                yield twilio
            finally:
                twilio._closing.set()

    def webhooks(self, public_url: str, address: str = "") -> TwilioWebhooks:
        """This account's webhooks into the gateway that listens at `address`."""
        return TwilioWebhooks(self.session, public_url.rstrip("/"), address.rstrip("/"))

    async def next_text(self) -> SentText:
        """The next text that nobody has read yet, waiting for it; use a time-out of your own around it."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.sent) > self._read)
            self._read += 1
            return self.sent[self._read - 1]

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        form = {name: str(value) for name, value in (await request.post()).items()}
        refusal = self._refusal_of_caller(request) or _refusal_of(form, self.lines) or self._opt_out_of(form)
        if refusal:
            return _error(refusal)
        trouble = self.troubles.popleft() if self.troubles else None
        if isinstance(trouble, Refuse):
            return _error(trouble)
        text = None
        if not isinstance(trouble, Drop | Stall) or trouble.accepted:
            text = await self._accept(form)
        if isinstance(trouble, Stall):
            await self._closing.wait()
        if isinstance(trouble, Drop | Stall) and request.transport is not None:
            request.transport.abort()
        if isinstance(trouble, Garble):
            return web.Response(status=201, text=trouble.body, content_type="application/json")
        return web.json_response(self._document(text) if text else {}, status=201)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        if answer := self._refusal_of_look_up(request):
            return answer
        to, from_ = request.query.get("To"), request.query.get("From")
        number, size = int(request.query.get("Page", "0")), int(request.query.get("PageSize", "50"))
        # Newest first, as Twilio lists.
        kept = [] if self.list_is_behind else list(reversed(self.sent))
        found = [text for text in kept if to in {None, text.to} and from_ in {None, text.from_}]
        page = found[number * size : (number + 1) * size]
        has_more = len(found) > (number + 1) * size
        following = request.rel_url.update_query({"Page": str(number + 1), "PageToken": f"P{number + 1}"})
        return web.json_response(
            {
                "messages": [self._document(text) for text in page],
                "page": number,
                "page_size": size,
                "start": number * size,
                "end": max(0, number * size + len(page) - 1),
                "uri": request.path_qs,
                "first_page_uri": request.path_qs,
                "next_page_uri": str(following) if has_more else None,
                "previous_page_uri": None,
            }
        )

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        if answer := self._refusal_of_look_up(request):
            return answer
        sid = request.match_info["sid"]
        text = next((text for text in self.sent if text.sid == sid), None)
        return web.json_response(self._document(text)) if text else _error(Refuse(404, 20404))

    async def _recording(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != self._authorization:
            return _error(Refuse(401, 20003))
        content = self.recordings.get(request.match_info["sid"])
        return (
            web.Response(body=content, content_type="audio/mpeg") if content else _error(Refuse(404, 20404))
        )

    async def _accept(self, form: dict[str, str]) -> SentText:
        validity = form.get("ValidityPeriod")
        text = SentText(
            sid=f"SM{len(self.sent) + 1:032x}",
            to=form["To"],
            from_=form["From"],
            body=form["Body"],
            status_callback=form.get("StatusCallback", ""),
            validity_period=None if validity is None else int(validity),
            created_at=self.now(),
        )
        async with self._arrived:
            self.sent.append(text)
            self._arrived.notify_all()
        return text

    def _document(self, text: SentText) -> dict[str, Any]:
        return _document(text, self.statuses.get(text.sid, "queued"))

    def _refusal_of_caller(self, request: web.Request) -> Refuse | None:
        if request.headers.get("Authorization") != self._authorization:
            return Refuse(401, 20003)
        return None if request.path == self._path else Refuse(404, 20404)

    def _refusal_of_look_up(self, request: web.Request) -> web.Response | None:
        self.look_ups += 1
        if request.headers.get("Authorization") != self._authorization:
            return _error(Refuse(401, 20003))
        trouble = self.look_up_troubles.popleft() if self.look_up_troubles else None
        if isinstance(trouble, Garble):
            return web.Response(text=trouble.body, content_type="application/json")
        return _error(trouble) if trouble else None

    def _opt_out_of(self, form: dict[str, str]) -> Refuse | None:
        return Refuse(400, 21610) if form["To"] in self.opted_out else None


def _refusal_of(form: dict[str, str], lines: set[str]) -> Refuse | None:
    """What is wrong with a POST, in Twilio's codes; 20001 for what Twilio itself would let pass."""
    validity = form.get("ValidityPeriod", "36000")
    faults = (
        (not set(form) <= _PARAMETERS, 20001),
        (not form.get("To"), 21604),
        (not form.get("From"), 21603),
        (not form.get("Body", "").strip(), 21602),
        (not _E164.fullmatch(form.get("To", "")), 21211),
        (form.get("From") not in lines, 21606),
        (len(form.get("Body", "")) > _LONGEST_BODY, 21617),
        (not re.fullmatch(r"https?://\S+", form.get("StatusCallback", "https://x")), 21609),
        (not validity.isdigit() or not 1 <= int(validity) <= 36000, 20001),
    )
    return next((Refuse(400, code) for wrong, code in faults if wrong), None)


def _error(refusal: Refuse) -> web.Response:
    headers = {"Retry-After": refusal.retry_after} if refusal.retry_after else {}
    if 300 <= refusal.status < 400:
        # Whoever follows it finds nothing there.
        headers["Location"] = "/elsewhere"
    if refusal.code is None:
        return web.Response(status=refusal.status, text="<html>proxy</html>", headers=headers)
    document = {
        "code": refusal.code,
        # Twilio's messages repeat the number; nothing of ours may show it.
        "message": "The 'To' number +8613800138000 did not suit",
        "more_info": f"https://www.twilio.com/docs/errors/{refusal.code}",
        "status": refusal.status,
    }
    return web.json_response(document, status=refusal.status, headers=headers)


def _document(text: SentText, status: str) -> dict[str, Any]:
    """The message as Twilio describes it (OpenAPI document of API version 2010-04-01)."""
    now = format_datetime(text.created_at)
    uri = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{text.sid}"
    return {
        "account_sid": ACCOUNT_SID,
        "api_version": "2010-04-01",
        "body": text.body,
        "date_created": now,
        "date_sent": None,
        "date_updated": now,
        "direction": text.direction,
        "error_code": None,
        "error_message": None,
        "from": text.from_,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "USD",
        "sid": text.sid,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": text.to,
        "uri": f"{uri}.json",
    }
