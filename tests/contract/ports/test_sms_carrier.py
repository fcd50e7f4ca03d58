"""The contract of the port `SmsCarrier`, for every implementation.

An implementation takes part by a `CarrierUnderTest`: the carrier, connected to a peer that can be told what
to do. Add it to `RIGS`; a trouble that cannot happen to it is left out of `troubles`: its tests are skipped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

import aiohttp
import pytest

from gateway.adapters.clock import MovableClock, SystemClock
from gateway.adapters.providers.demo import messages as demo_messages
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.adapters.providers.twilio.messages import TwilioSmsCarrier
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.application.ports.sms_carrier import OutgoingText, SmsCarrier
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from tests.peers.twilio_server import Drop, Garble, Refuse, Stall, TwilioServer
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CITIZEN = PhoneNumber("+8613800138000")
TEXT = OutgoingText(
    reference="m-1", to=CITIZEN, body="【市数据局】请评价：1非常满意…5非常不满意，退订回T", valid_until=None
)


class Trouble(Enum):
    """What can befall a sending."""

    OPTED_OUT = "the citizen told the carrier to stop"
    REFUSED = "the carrier refuses this text for good"
    TOO_FAST = "the carrier asks to wait 7 seconds"
    OVERLOADED = "the carrier takes nothing now"
    UNREACHABLE = "nobody listens"
    LOST_ANSWER = "the carrier took the text, the answer is lost"
    LOST_REQUEST = "the connection breaks before the carrier took the text"
    SILENCE = "the carrier never answers"
    UNREADABLE = "the carrier took the text and answers nonsense"


@dataclass(frozen=True, slots=True)
class CarrierUnderTest:
    """One implementation and its peer."""

    carrier: SmsCarrier
    line: str
    taken: Callable[[], Sequence[tuple[str, str]]]
    """Number and words of each text that the peer took."""
    troubles: dict[Trouble, Callable[[], None]]
    """Makes the trouble befall the next sending."""


@asynccontextmanager
async def twilio_rig() -> AsyncIterator[CarrierUnderTest]:
    """Twilio's REST API, played by the scripted server."""
    async with TwilioServer.running() as twilio, aiohttp.ClientSession() as session:
        transport = TwilioTransport(session)
        carrier = TwilioSmsCarrier(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            from_number=LINE,
            public_url="https://rating.example.gov.cn",
            transport=transport,
            clock=MovableClock(NOW, SystemClock()),
            api_base_url=twilio.url,
        )

        def unreachable() -> None:
            # Port 9 (discard) has no listener on any machine that runs tests.
            carrier._messages._version.domain.base_url = "http://127.0.0.1:9"

        def silence() -> None:
            twilio.troubles.append(Stall(accepted=False))
            # Short here alone, so that a loaded machine fails no other test.
            transport._timeout = aiohttp.ClientTimeout(sock_read=0.05)

        add = twilio.troubles.append
        yield CarrierUnderTest(
            carrier,
            LINE,
            lambda: [(text.to, text.body) for text in twilio.sent],
            {
                Trouble.OPTED_OUT: lambda: twilio.opted_out.add(CITIZEN.reveal()),
                Trouble.REFUSED: lambda: add(Refuse(400, 21408)),
                Trouble.TOO_FAST: lambda: add(Refuse(429, 20429, retry_after="7")),
                Trouble.OVERLOADED: lambda: add(Refuse(503, 20503)),
                Trouble.UNREACHABLE: unreachable,
                Trouble.LOST_ANSWER: lambda: add(Drop(accepted=True)),
                Trouble.LOST_REQUEST: lambda: add(Drop(accepted=False)),
                Trouble.SILENCE: silence,
                Trouble.UNREADABLE: lambda: add(Garble()),
            },
        )


@asynccontextmanager
async def demo_rig() -> AsyncIterator[CarrierUnderTest]:
    """The demonstration's handset, told to fail as carriers do."""

    async def report(_message_id: str, _status: str) -> None:
        """Nobody waits for receipts here."""

    carrier = DemoSmsCarrier(clock=MovableClock(NOW, SystemClock()), report=report)

    def failing(facts: FailureFacts, *, taken: bool = False) -> Callable[[], None]:
        return lambda: carrier.fail_next(DeliveryFailed(facts.code, facts), taken=taken)

    doubtful = FailureFacts("broken", retryable=True, outcome_unknown=True)
    yield CarrierUnderTest(
        carrier,
        demo_messages.LINE,
        lambda: [(text.to.reveal(), text.body) for text in carrier.sent],
        {
            Trouble.REFUSED: failing(FailureFacts("refused", retryable=False)),
            Trouble.TOO_FAST: failing(FailureFacts("fast", retryable=True, retry_after=timedelta(seconds=7))),
            Trouble.OVERLOADED: failing(FailureFacts("busy", retryable=True)),
            Trouble.LOST_ANSWER: failing(doubtful, taken=True),
            Trouble.LOST_REQUEST: failing(doubtful),
        },
    )
    await carrier.aclose()


RIGS: dict[str, Callable[[], AbstractAsyncContextManager[CarrierUnderTest]]] = {
    "twilio": twilio_rig,
    "demo": demo_rig,
}


@pytest.fixture(params=sorted(RIGS))
async def under_test(request: pytest.FixtureRequest) -> AsyncIterator[CarrierUnderTest]:
    """One implementation after the other."""
    async with RIGS[request.param]() as rig:
        yield rig


async def failure(under_test: CarrierUnderTest, trouble: Trouble) -> DeliveryFailed:
    """What a sending in this trouble raises."""
    if trouble not in under_test.troubles:
        pytest.skip(f"{under_test.carrier.name}: cannot happen: {trouble.value}")
    under_test.troubles[trouble]()
    with pytest.raises(DeliveryFailed) as raised:
        await under_test.carrier.send(TEXT)
    return raised.value


async def test_takes_a_text(under_test: CarrierUnderTest) -> None:
    """The peer gets number and words unchanged; the caller an id and the line that replies will name."""
    accepted = await under_test.carrier.send(TEXT)

    assert under_test.taken() == [(CITIZEN.reveal(), TEXT.body)]
    assert accepted.provider_message_id
    assert accepted.line == under_test.line
    assert accepted.status is DeliveryStatus.ACCEPTED


async def test_each_text_has_its_own_id(under_test: CarrierUnderTest) -> None:
    """Receipts tell texts apart even when all else is the same."""
    first, second = await under_test.carrier.send(TEXT), await under_test.carrier.send(TEXT)

    assert first.provider_message_id != second.provider_message_id


@pytest.mark.parametrize("left", [timedelta(seconds=-1), timedelta(0)])
async def test_sends_nothing_too_late(under_test: CarrierUnderTest, left: timedelta) -> None:
    """A text whose time has passed is not handed over, and trying again will not help."""
    late = OutgoingText(reference="m-1", to=CITIZEN, body="x", valid_until=NOW + left)

    with pytest.raises(DeliveryFailed) as raised:
        await under_test.carrier.send(late)

    assert not raised.value.facts.retryable
    assert under_test.taken() == []


@pytest.mark.parametrize("trouble", [Trouble.OPTED_OUT, Trouble.REFUSED])
async def test_a_refusal_for_good_is_not_repeated(under_test: CarrierUnderTest, trouble: Trouble) -> None:
    """The facts say that the text is not out and will not be."""
    facts = (await failure(under_test, trouble)).facts

    assert not facts.retryable
    assert not facts.outcome_unknown
    assert under_test.taken() == []


@pytest.mark.parametrize("trouble", [Trouble.TOO_FAST, Trouble.OVERLOADED, Trouble.UNREACHABLE])
async def test_a_text_surely_not_taken_may_be_repeated(
    under_test: CarrierUnderTest, trouble: Trouble
) -> None:
    """The facts leave no doubt, so that a repetition cannot be a second text."""
    facts = (await failure(under_test, trouble)).facts

    assert facts.retryable
    assert not facts.outcome_unknown
    assert under_test.taken() == []


async def test_passes_on_how_long_to_wait(under_test: CarrierUnderTest) -> None:
    """The carrier's own wish comes through."""
    facts = (await failure(under_test, Trouble.TOO_FAST)).facts

    assert facts.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    ("trouble", "taken"),
    [
        (Trouble.LOST_ANSWER, 1),
        (Trouble.LOST_REQUEST, 0),
        (Trouble.SILENCE, 0),
        (Trouble.UNREADABLE, 1),
    ],
)
async def test_a_doubt_is_told_as_a_doubt(under_test: CarrierUnderTest, trouble: Trouble, taken: int) -> None:
    """When the text may be out, the facts say so, and nothing is sent again on the way."""
    facts = (await failure(under_test, trouble)).facts

    assert facts.outcome_unknown
    assert len(under_test.taken()) == taken


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.requirement("R-18")
async def test_no_failure_tells_number_or_words(
    under_test: CarrierUnderTest, trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the error nor any log line holds personal data."""
    caplog.set_level(0)

    error = await failure(under_test, trouble)

    told = f"{error!r} {error} {error.facts} {error.__cause__!r}" + caplog.text
    assert "13800138000" not in told
    assert "%2B86" not in told
    assert "请评价" not in told


async def test_recovers_after_trouble(under_test: CarrierUnderTest) -> None:
    """The next text goes out as if nothing had happened."""
    await failure(under_test, Trouble.OVERLOADED)

    await under_test.carrier.send(TEXT)

    assert len(under_test.taken()) == 1
