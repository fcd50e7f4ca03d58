"""Whole calls: the delivered flow, the Twilio provider and Twilio's own rules, nothing else between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.adapters.flow_files import load_flow
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.twilio.provider import TwilioProvider
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.ports.webhook_provider import RawRequest, RawResponse, Webhook
from gateway.domain.errors import Unauthentic
from gateway.domain.events import CallArrived, CallStepped, Event, ReceiptArrived, TextArrived
from gateway.domain.flow import engine
from gateway.domain.flow.facts import Fact, Finished, FlowEnding, MessageLeft, Rated
from gateway.domain.flow.instructions import Instruction
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.subjects import SubjectKind
from tests.peers.twilio_call import Awaiting, ScriptedCall
from tests.peers.twilio_server import TwilioServer
from tests.peers.twilio_webhooks import AUTH_TOKEN, TwilioWebhooks

PUBLIC_URL = "https://rating.example.gov.cn:8443"
CITIZEN = "+8613800138000"
FLOW = load_flow(Path(__file__).parents[3] / "ivr_flows" / "hotline_rating.yaml")
Handler = Callable[[web.Request], Awaitable[web.Response]]
KNOWN = {"item_rateable": "yes", "staff_known": "yes", "themed": "no", "language_offered": "yes"}


@dataclass(slots=True)
class SmallGateway:
    """The provider and the engine behind an HTTP server, remembering what happened instead of storing it."""

    provider: TwilioProvider
    events: list[Event] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    available: bool = True

    def app(self) -> web.Application:
        """The provider's routes."""
        app = web.Application()
        for webhook in self.provider.webhooks:
            app.router.add_post(webhook.path, self._handler(webhook))
        return app

    def _handler(self, webhook: Webhook) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            headers = {name.lower(): value for name, value in request.headers.items()}
            raw = RawRequest(request.path, request.rel_url.raw_query_string, headers, await request.read())
            try:
                self.provider.verify(raw)
            except Unauthentic:
                return web.Response(status=403)
            if not self.available:
                return _response(self.provider.render_unavailable(webhook.kind))
            event = self.provider.parse(webhook.kind, raw)
            self.events.append(event)
            return _response(self.provider.render(event, self._instructions(event)))

        return handle

    def _instructions(self, event: Event) -> tuple[Instruction, ...]:
        match event:
            case CallArrived():
                step = engine.start(FLOW, KNOWN, event.language or Language.CHINESE)
            case CallStepped():
                step = engine.resume(FLOW, event.session, event.given)
            case _:
                return ()
        self.facts += step.facts
        return step.instructions


def _response(answer: RawResponse) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})


@dataclass(frozen=True, slots=True)
class Rig:
    """A gateway, and Twilio on the other side."""

    gateway: SmallGateway
    webhooks: TwilioWebhooks

    def call(self) -> ScriptedCall:
        """A citizen's call."""
        return self.webhooks.call(CITIZEN)

    def ratings(self) -> list[tuple[SubjectKind, Level]]:
        """What was rated, in order."""
        return [(fact.subject, fact.level) for fact in self.gateway.facts if isinstance(fact, Rated)]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Both, connected over the loopback interface."""
    gateway = SmallGateway(
        TwilioProvider(
            public_url=PUBLIC_URL,
            auth_tokens=[AUTH_TOKEN],
            step_tokens=SignedStepTokens([b"k" * 32]),
            phones=PhonenumbersParser(),
            audio_url=lambda name: f"{PUBLIC_URL}/ivr-audio/{FLOW.name}/{name}",
        )
    )
    async with TwilioServer.running() as twilio, TestServer(gateway.app(), host="127.0.0.1") as server:
        yield Rig(gateway, twilio.webhooks(PUBLIC_URL, str(server.make_url("/"))))


@pytest.mark.requirement("R-7")
async def test_a_satisfied_caller_rates_item_and_staff(rig: Rig) -> None:
    """Two keys, two ratings, thanks, and the gateway hangs up."""
    call = rig.call()

    await call.enter(service_id="x")
    assert call.awaiting is Awaiting.KEY
    await call.press("1")
    await call.press("2")

    assert call.over
    assert call.failure is None
    assert rig.ratings() == [
        (SubjectKind.ITEM, Level.VERY_SATISFIED),
        (SubjectKind.STAFF, Level.SATISFIED),
    ]


async def test_names_in_the_entry_url_arrive_whole(rig: Rig) -> None:
    """Chinese, blanks and slashes in the query are signed as they stand and read as they were meant."""
    call = rig.call()

    await call.enter(
        "/twilio/voice/rating?item_name=%E5%B1%85%E6%B0%91%E8%BA%AB%E4%BB%BD%E8%AF%81+a%2Fb&staff_name=%E9%99%88&x=~"
    )

    (arrived,) = rig.gateway.events
    assert isinstance(arrived, CallArrived)
    assert (arrived.item_name, arrived.staff_name) == ("居民身份证 a/b", "陈")


async def test_simultaneous_repeats_get_the_same_answer(rig: Rig) -> None:
    """Whichever of several copies of one request comes first, all are answered alike."""
    call = rig.call()
    await call.enter()
    await call.press("4")

    answers = await asyncio.gather(*(call.repeat() for _ in range(5)))

    assert set(answers) == {call.answers[-1]}


@pytest.mark.requirement("R-16")
async def test_a_silent_caller_is_asked_a_few_times_and_rates_nothing(rig: Rig) -> None:
    """Every silence reaches the gateway, the tries are bounded, nothing is recorded."""
    call = rig.call()
    await call.enter()

    silences = 0
    while not call.over:
        await call.stay_silent()
        silences += 1
        assert silences < 10

    assert rig.ratings() == []
    assert rig.gateway.facts[-1] == Finished(FlowEnding.NO_INPUT)


async def test_a_bad_rating_leads_to_a_spoken_message(rig: Rig) -> None:
    """From the reason to the recording, whose URL arrives with its length."""
    call = rig.call()
    await call.enter()
    await call.press("5")
    while call.awaiting is Awaiting.KEY:
        await call.press("1")

    recording = await call.speak(7)
    await _finish(call)

    (left,) = [fact for fact in rig.gateway.facts if isinstance(fact, MessageLeft)]
    assert (left.reference, left.duration.total_seconds()) == (recording, 7)


async def test_a_caller_who_says_nothing_into_the_recording_goes_on(rig: Rig) -> None:
    """Twilio calls no action for an empty recording; the Redirect behind it does."""
    call = rig.call()
    await call.enter()
    await call.press("5")
    while call.awaiting is Awaiting.KEY:
        await call.press("1")

    await call.stay_silent()
    await _finish(call)

    assert call.failure is None
    assert not [fact for fact in rig.gateway.facts if isinstance(fact, MessageLeft)]


async def test_a_message_counts_when_the_caller_hangs_up_at_its_end(rig: Rig) -> None:
    """Most people end a message by hanging up."""
    call = rig.call()
    await call.enter()
    await call.press("5")
    while call.awaiting is Awaiting.KEY:
        await call.press("1")

    await call.hang_up(recorded_seconds=12)

    assert [f.duration.total_seconds() for f in rig.gateway.facts if isinstance(f, MessageLeft)] == [12]


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("posts_action", [False, True])
async def test_hanging_up_is_no_answer(rig: Rig, posts_action: bool) -> None:
    """Whether or not Twilio asks for a next step, the engine is not told of a silence."""
    call = rig.call()
    await call.enter()
    await call.hang_up(posts_action=posts_action)

    assert call.over
    assert not [event for event in rig.gateway.events if isinstance(event, CallStepped)]


async def test_a_repeated_request_gets_the_same_answer(rig: Rig) -> None:
    """Twilio's retry of a key press is answered byte for byte as the first time."""
    call = rig.call()
    await call.enter()
    assert await call.repeat() == call.answers[-1]
    await call.press("4")

    assert await call.repeat() == call.answers[-1]


async def test_the_repeat_key_repeats_the_question(rig: Rig) -> None:
    """`*` is a key like any other to Twilio, since no key finishes the input."""
    call = rig.call()
    await call.enter()
    question = call.heard[-1]
    await call.press("*")

    assert question in call.heard[1:]
    assert call.awaiting is Awaiting.KEY


async def test_a_gateway_in_trouble_says_sorry(rig: Rig) -> None:
    """The answer is 503 with TwiML, and nothing was understood."""
    rig.gateway.available = False
    call = rig.webhooks.call(CITIZEN, status_callback="")

    await call.enter()

    assert call.failure is not None
    assert call.failure.status == 503
    assert "对不起" in call.failure.body
    assert rig.gateway.events == []


async def test_an_outbound_call_rates_like_any_other(rig: Rig) -> None:
    """The citizen is who was called."""
    call = rig.webhooks.call(CITIZEN, direction="outbound-api")
    await call.enter()
    await call.press("3")

    (arrived,) = [event for event in rig.gateway.events if isinstance(event, CallArrived)]
    assert arrived.caller is not None
    assert arrived.caller.reveal() == CITIZEN
    assert rig.ratings() == [(SubjectKind.ITEM, Level.FAIRLY_SATISFIED)]


async def test_texts_and_receipts_reach_the_gateway(rig: Rig) -> None:
    """Both are taken without a warning on Twilio's side."""
    (await rig.webhooks.text_in(CITIZEN, "5 等太久")).assert_received()
    (await rig.webhooks.receipt("SM1", "undelivered", to=CITIZEN, error_code="30003")).assert_received()

    text, receipt = rig.gateway.events
    assert isinstance(text, TextArrived)
    assert text.body == "5 等太久"
    assert receipt == ReceiptArrived(
        provider="twilio",
        provider_message_id="SM1",
        status=DeliveryStatus.UNDELIVERED,
        error_code="30003",
    )


async def test_nobody_else_gets_in(rig: Rig) -> None:
    """The same call signed with another token is refused at every step."""
    rig.webhooks.auth_token = "somebody else's"
    call = rig.webhooks.call(CITIZEN, status_callback="")

    await call.enter()

    assert call.failure is not None
    assert call.failure.status == 403
    assert rig.gateway.events == []


async def _finish(call: ScriptedCall) -> None:
    """Press through whatever questions are left."""
    for _ in range(10):
        if call.over:
            return
        if call.awaiting is Awaiting.RECORDING:
            await call.stay_silent()
        else:
            await call.press("2")
    raise AssertionError("the call does not end")
