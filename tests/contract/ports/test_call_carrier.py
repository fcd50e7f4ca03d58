"""The contract of the port `CallCarrier`, for every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from gateway.adapters.providers.twilio.calls import TwilioCallCarrier
from gateway.adapters.providers.twilio.client import twilio_client
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.application.ports.call_carrier import CallCarrier, OutgoingCall
from gateway.domain.call_plan import CallOutcome
from gateway.domain.errors import DeliveryFailed
from gateway.domain.ids import ServiceId
from gateway.domain.phone_numbers import PhoneNumber
from tests.peers.twilio_server import TwilioServer
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

CALL = OutgoingCall(PhoneNumber("+8613800138000"), ServiceId("S 1&x=2"), 2, "call:1:1")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A carrier, and the peer that stands for it."""

    carrier: CallCarrier
    twilio: TwilioServer


@pytest.fixture(params=["twilio"])
async def exchange() -> AsyncIterator[Exchange]:
    """One implementation after the other."""
    async with TwilioServer.running() as twilio, aiohttp.ClientSession() as session:
        client = twilio_client(ACCOUNT_SID, AUTH_TOKEN, TwilioTransport(session), twilio.url)
        carrier = TwilioCallCarrier(
            client, caller_id=LINE, public_url="https://rating.example.org/", ring_for=timedelta(seconds=25)
        )
        yield Exchange(carrier, twilio)


async def test_a_call_is_placed_once_and_known_by_its_id(exchange: Exchange) -> None:
    """From our number, about that service, for so long; under way until it is said how it ended."""
    call_id = await exchange.carrier.place(CALL)

    (placed,) = exchange.twilio.calls.placed
    assert (placed.sid, placed.to, placed.from_, placed.timeout) == (call_id, "+8613800138000", LINE, 25)
    assert placed.url == "https://rating.example.org/twilio/voice/rating?service_id=S+1%26x%3D2&visit_no=2"
    assert placed.status_callback == "https://rating.example.org/twilio/voice/status"
    assert (placed.machine_detection, placed.machine_detection_timeout) == ("Enable", 5)
    assert await exchange.carrier.outcome(call_id) is CallOutcome.ONGOING
    assert exchange.carrier.caller_id == LINE


@pytest.mark.parametrize(
    ("status", "answered_by", "outcome"),
    [
        ("completed", "human", CallOutcome.REACHED),
        ("completed", "unknown", CallOutcome.REACHED),
        ("completed", None, CallOutcome.REACHED),
        ("completed", "machine_start", CallOutcome.MACHINE),
        ("completed", "fax", CallOutcome.MACHINE),
        ("busy", None, CallOutcome.BUSY),
        ("no-answer", None, CallOutcome.NO_ANSWER),
        ("canceled", None, CallOutcome.NO_ANSWER),
        ("failed", None, CallOutcome.FAILED),
        ("in-progress", "human", CallOutcome.ONGOING),
        ("something-new", None, CallOutcome.ONGOING),
    ],
)
async def test_what_came_of_a_call_is_told(
    exchange: Exchange, status: str, answered_by: str | None, outcome: CallOutcome
) -> None:
    """In words that know no carrier; what is not known of it yet is under way."""
    call_id = await exchange.carrier.place(CALL)
    exchange.twilio.calls.end(call_id, status, answered_by)

    assert await exchange.carrier.outcome(call_id) is outcome


async def test_a_call_whose_answer_was_lost_is_found(exchange: Exchange) -> None:
    """And no earlier one of the same citizen, nor one that was never taken."""
    now = datetime.now(UTC)
    exchange.twilio.calls.now = lambda: now - timedelta(hours=1)
    await exchange.carrier.place(CALL)
    assert await exchange.carrier.find(CALL, now) is None

    exchange.twilio.calls.now = lambda: now
    exchange.twilio.calls.answers_lost = 1
    with pytest.raises(DeliveryFailed) as lost:
        await exchange.carrier.place(CALL)

    assert lost.value.facts.outcome_unknown
    assert await exchange.carrier.find(CALL, now) == exchange.twilio.calls.placed[-1].sid


@pytest.mark.parametrize(
    ("status", "code", "retryable"), [(400, 21215, False), (429, 20429, True), (503, 20503, True)]
)
async def test_a_refusal_is_told_without_the_number(
    exchange: Exchange, status: int, code: int, retryable: bool
) -> None:
    """Nothing rings then, and it is known whether another try helps."""
    exchange.twilio.calls.refusals.append((status, code))

    with pytest.raises(DeliveryFailed) as refused:
        await exchange.carrier.place(CALL)

    facts = refused.value.facts
    assert (facts.code, facts.retryable, facts.outcome_unknown) == (str(code), retryable, False)
    assert "138" not in str(refused.value)
    assert exchange.twilio.calls.placed == []


@pytest.mark.parametrize(("status", "unknown"), [(403, False), (503, True)])
async def test_what_something_in_between_says_is_not_final(
    exchange: Exchange, status: int, unknown: bool
) -> None:
    """Nor is it proof of anything where the call may have been passed on before."""
    exchange.twilio.calls.refusals.append((status, None))

    with pytest.raises(DeliveryFailed) as refused:
        await exchange.carrier.place(CALL)

    facts = refused.value.facts
    assert (facts.code, facts.retryable, facts.outcome_unknown) == (f"http_{status}", True, unknown)


async def test_a_call_that_nobody_knows_is_a_failure(exchange: Exchange) -> None:
    """Whoever asked asks again later, and gives up in time."""
    with pytest.raises(DeliveryFailed):
        await exchange.carrier.outcome("CA" + "f" * 32)
