"""Answers without end, too large or too deep: each exchange and each look-up is over in time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.adapters.clock import MovableClock, SystemClock
from gateway.adapters.providers.twilio.account import account_state
from gateway.adapters.providers.twilio.calls import TwilioCallCarrier
from gateway.adapters.providers.twilio.client import twilio_client
from gateway.adapters.providers.twilio.listing import MOST_PAGES, entries
from gateway.adapters.providers.twilio.messages import TwilioSmsCarrier
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.application.ports.call_carrier import OutgoingCall
from gateway.application.ports.sms_carrier import OutgoingText
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.ids import ServiceId
from gateway.domain.outbox import CarrierTry
from gateway.domain.phone_numbers import PhoneNumber
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CITIZEN = PhoneNumber("+8613800138000")
TEXT = OutgoingText(reference="m-1", to=CITIZEN, body="请评价")
CALL = OutgoingCall(CITIZEN, ServiceId("s"), 1, "call:1:1")
MESSAGE = '{"sid": "SM1", "status": "queued"}'
DEEP = "[" * 100_000
NO_DATE = '{"sid": "SM1", "date_created": "Mon, 1 Jan 99999999999999999999 01:01:01"}'
DRIPS = 100_000
IN_DOUBT = FailureFacts("unreadable_answer", retryable=True, outcome_unknown=True)
UNTOLD = FailureFacts("endless_list", retryable=True)
"""Of a look-up: asked again later, and no proof of anything."""
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Peer:
    """Answers everything as it is told to."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.url = ""
        self.requests = 0
        self.answer: Answer = plain(MESSAGE)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        self.requests += 1
        return await self.answer(request)

    def texts(self, transport: TwilioTransport | None = None) -> TwilioSmsCarrier:
        """Who sends texts there."""
        return TwilioSmsCarrier(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            from_number=LINE,
            public_url="https://rating.example.gov.cn",
            transport=transport or TwilioTransport(self.session),
            clock=MovableClock(NOW, SystemClock()),
            api_base_url=self.url,
        )

    def calls(self) -> TwilioCallCarrier:
        """Who makes calls there."""
        client = twilio_client(ACCOUNT_SID, AUTH_TOKEN, TwilioTransport(self.session), self.url)
        return TwilioCallCarrier(
            client, caller_id=LINE, public_url="https://r.example.gov.cn", ring_for=timedelta(seconds=25)
        )


def plain(body: str, status: int = 200, content_type: str = "application/json") -> Answer:
    """This body."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body.encode(), headers={"Content-Type": content_type})

    return answer


async def drips(request: web.Request) -> web.StreamResponse:
    """Byte by byte, for as long as somebody reads."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    with suppress(ConnectionError):
        for _ in range(DRIPS):
            await answer.write(b" ")
            await asyncio.sleep(0)
    return answer


async def goes_on(request: web.Request) -> web.StreamResponse:
    """A page without an entry that names a next one; of the account itself, the account."""
    if request.path.endswith(f"{ACCOUNT_SID}.json"):
        return web.json_response({"sid": ACCOUNT_SID, "status": "active", "type": "Full"})
    return web.json_response({"entries": [], "next_page_uri": request.path_qs})


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """In Twilio's place."""
    async with aiohttp.ClientSession() as session:
        peer = Peer(session)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", peer.handle)
        async with TestServer(app, host="127.0.0.1") as server:
            peer.url = str(server.make_url("/"))
            yield peer


async def failure_of(asked: Awaitable[object]) -> FailureFacts:
    """What is known then."""
    with pytest.raises(DeliveryFailed) as raised:
        await asked
    return raised.value.facts


async def test_an_answer_that_drips_is_not_waited_for__regression(peer: Peer) -> None:
    """Each byte ends a pause, and there is always another one; the text may be out."""
    # So that the next one has its connection, and connecting takes no time.
    await peer.texts().send(TEXT)
    short = timedelta(seconds=0.1)
    peer.answer = drips

    impatient = TwilioTransport(peer.session, connect_timeout=short, answer_timeout=short)
    facts = await failure_of(peer.texts(impatient).send(TEXT))

    assert facts == FailureFacts("timeout", retryable=True, outcome_unknown=True)


async def test_of_an_answer_a_megabyte_is_read__regression(peer: Peer) -> None:
    """No text has a longer one."""
    peer.answer = plain(json.dumps({"padding": "x" * 2_000_000, "sid": "SM1", "status": "queued"}))

    assert await failure_of(peer.texts().send(TEXT)) == IN_DOUBT


async def test_a_charset_that_is_none_is_no_obstacle__regression(peer: Peer) -> None:
    """JSON is UTF-8, whatever is said of it."""
    peer.answer = plain(MESSAGE, content_type="application/json; charset=hex")

    assert (await peer.texts().send(TEXT)).provider_message_id == "SM1"


@pytest.mark.parametrize("body", [DEEP, NO_DATE])
async def test_no_answer_breaks_what_reads_it__regression(peer: Peer, body: str) -> None:
    """Too deep, or out of all bounds: what was to change is in doubt, what was asked is asked again."""
    peer.answer = plain(body)

    assert await failure_of(peer.texts().send(TEXT)) == IN_DOUBT
    assert await failure_of(peer.calls().place(CALL)) == IN_DOUBT
    assert await failure_of(peer.texts().report("SM1")) == FailureFacts("unreadable_answer", retryable=True)


async def test_a_refusal_that_is_too_deep_is_one_without_a_code__regression(peer: Peer) -> None:
    """Nothing of it is known but its status."""
    peer.answer = plain(DEEP, 503)

    assert await failure_of(peer.texts().send(TEXT)) == FailureFacts("http_503", True, outcome_unknown=True)


async def test_a_list_that_always_goes_on_is_left__regression(peer: Peer) -> None:
    """That of texts, of calls and of numbers, however fast the next page comes."""
    peer.answer = goes_on
    transport = TwilioTransport(peer.session)

    for look_up in (
        peer.texts().find(TEXT, CarrierTry("twilio", LINE, NOW)),
        peer.calls().find(CALL, NOW),
        account_state(transport, ACCOUNT_SID, AUTH_TOKEN, peer.url, LINE),
    ):
        before = peer.requests
        assert await failure_of(look_up) == UNTOLD
        # Beside the list: the first page, and the account.
        assert peer.requests - before <= MOST_PAGES + 2


async def test_a_list_that_takes_too_long_is_left__regression(peer: Peer) -> None:
    """However few its pages are."""
    messages = twilio_client(ACCOUNT_SID, AUTH_TOKEN, TwilioTransport(peer.session), peer.url).messages

    assert await failure_of(entries(messages.page_async(), most=1, within=timedelta(0))) == UNTOLD
