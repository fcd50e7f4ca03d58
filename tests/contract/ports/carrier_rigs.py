"""Each carrier of texts, connected to a peer that can be told what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

import aiohttp

from gateway.adapters.clock import MovableClock, SystemClock
from gateway.adapters.providers.demo import messages as demo_messages
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.adapters.providers.twilio.messages import TwilioSmsCarrier
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.application.ports.sms_carrier import OutgoingText, SmsCarrier
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.phone_numbers import PhoneNumber
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
    deadlines: Callable[[], Sequence[datetime | None]]
    """Until when the peer was told to keep each text; None where it was told nothing."""
    longest_validity: timedelta
    """The most that the carrier can be told."""
    troubles: dict[Trouble, Callable[[], None]]
    """Makes the trouble befall the next sending."""
    silent: Callable[[], None] | None = None
    """Makes the carrier fail when it is asked next; None where that cannot happen."""
    delivered: Callable[[], None] | None = None
    """Has the last text reach its handset."""


@asynccontextmanager
async def twilio_rig() -> AsyncIterator[CarrierUnderTest]:
    """Twilio's REST API, played by the scripted server."""
    async with TwilioServer.running() as twilio, aiohttp.ClientSession() as session:
        twilio.now = lambda: NOW
        transport = TwilioTransport(session)
        carrier = TwilioSmsCarrier(
            account_sid=ACCOUNT_SID,
            auth_token=AUTH_TOKEN,
            from_number=LINE,
            public_url="https://rating.example.gov.cn",
            transport=transport,
            clock=MovableClock(NOW, SystemClock()),
            api_base_url=twilio.url,
            page_size=2,
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
            lambda: [
                None if text.validity_period is None else NOW + timedelta(seconds=text.validity_period)
                for text in twilio.sent
            ],
            timedelta(hours=10),
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
            silent=lambda: twilio.look_up_troubles.append(Refuse(503, 20503)),
            delivered=lambda: twilio.statuses.update({twilio.sent[-1].sid: "delivered"}),
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
        lambda: [text.valid_until for text in carrier.sent],
        timedelta.max,
        {
            Trouble.REFUSED: failing(FailureFacts("refused", retryable=False)),
            Trouble.TOO_FAST: failing(FailureFacts("fast", retryable=True, retry_after=timedelta(seconds=7))),
            Trouble.OVERLOADED: failing(FailureFacts("busy", retryable=True)),
            Trouble.LOST_ANSWER: failing(doubtful, taken=True),
            Trouble.LOST_REQUEST: failing(doubtful),
        },
        delivered=lambda: None,
    )
    await carrier.aclose()


RIGS: dict[str, Callable[[], AbstractAsyncContextManager[CarrierUnderTest]]] = {
    "twilio": twilio_rig,
    "demo": demo_rig,
}
