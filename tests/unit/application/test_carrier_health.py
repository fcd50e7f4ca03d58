"""Who is given the next text, and what operators see of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.application.carrier_health import CarrierHealth
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText, TextReport
from gateway.domain.errors import DeliveryFailed, FailureFacts, Unavailable
from gateway.domain.outbox import CarrierTry
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from gateway.telemetry.metrics import Metrics

TEXT = OutgoingText(reference="r", to=PhoneNumber("+8613800138000"), body="您好")
BUSY = FailureFacts("503", retryable=True)
REFUSED = FailureFacts("21610", retryable=False)
LOST = FailureFacts("timeout", retryable=True, outcome_unknown=True)


class Carrier:
    """Fails as it is told; then takes everything."""

    can_be_asked = True
    settles_within = timedelta(0)
    shortest_validity = timedelta(0)

    def __init__(self, name: str, *failures: FailureFacts | None, line: str = "12345") -> None:
        self.name = name
        self.failures = list(failures)
        self.line = line

    def line_for(self, wanted: str) -> str:
        """Its one line."""
        del wanted
        return self.line

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Take the text, or not."""
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise DeliveryFailed("no", failure)
        return AcceptedText(text.reference, self.line)

    async def find(self, text: OutgoingText, tried: CarrierTry) -> Sequence[AcceptedText]:
        """Nothing."""
        del text, tried
        return []

    async def report(self, provider_message_id: str) -> TextReport:
        """On its way."""
        del provider_message_id
        return TextReport(DeliveryStatus.SENT)


class StoppedClock:
    """Moves only when told, so that pauses end exactly."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        """The moment it was moved to."""
        return self.moment


@pytest.fixture
def stopped(clock: MovableClock) -> StoppedClock:
    return StoppedClock(clock.now())


async def give(health: CarrierHealth, carrier: Carrier, times: int = 1) -> None:
    """Hand over so many texts, whatever becomes of them."""
    for _ in range(times):
        try:
            await health.send(carrier, TEXT)
        except DeliveryFailed:
            continue


def chosen(health: CarrierHealth, line: str = "") -> str | None:
    """The name of who is given the next text."""
    carrier = health.choose(line)
    return None if carrier is None else carrier.name


async def test_a_carrier_is_in_trouble_from_a_failure_to_its_next_success(stopped: StoppedClock) -> None:
    """The last text decides; what is refused for one number's sake is no trouble of the carrier's."""
    carrier = Carrier("first", BUSY, None, REFUSED)
    health = CarrierHealth([carrier], stopped, Metrics())
    await health.check()

    await give(health, carrier)
    with pytest.raises(Unavailable, match=r"first \(503\)"):
        await health.check()

    await give(health, carrier)
    await health.check()

    await give(health, carrier)
    await health.check()


@pytest.mark.parametrize("facts", [BUSY, LOST])
async def test_who_keeps_failing_is_left_alone(stopped: StoppedClock, facts: FailureFacts) -> None:
    """The next in line is given the texts; after a pause one probe decides."""
    first, second = Carrier("first", *[facts] * 6), Carrier("second")
    health = CarrierHealth([first, second], stopped, Metrics())
    assert chosen(health) == "first"

    await give(health, first, 5)
    assert chosen(health) == "second"
    with pytest.raises(Unavailable, match=r"first \(.*; left alone until it takes one\)"):
        await health.check()

    stopped.moment += timedelta(seconds=30)
    assert [chosen(health), chosen(health)] == ["first", "second"], "one probe alone"
    await give(health, first)
    assert chosen(health) == "second"
    stopped.moment += timedelta(seconds=30)
    assert chosen(health) == "second", "a failed probe doubles the pause"

    stopped.moment += timedelta(seconds=30)
    assert chosen(health) == "first"
    await give(health, first)
    assert [chosen(health), chosen(health)] == ["first", "first"]
    await health.check()


async def test_refusals_of_numbers_leave_nobody_alone(stopped: StoppedClock) -> None:
    """However many there are."""
    carrier = Carrier("first", *[REFUSED] * 50)
    health = CarrierHealth([carrier], stopped, Metrics())

    await give(health, carrier, 50)

    assert health.room() is None
    await health.check()


async def test_room_is_for_the_probes_alone_while_all_rest(stopped: StoppedClock) -> None:
    """Nobody claims what nobody takes; when there is room again is told."""
    first, second = Carrier("first", *[BUSY] * 5), Carrier("second", *[BUSY] * 5)
    health = CarrierHealth([first, second], stopped, Metrics())
    await give(health, first, 5)
    assert health.room() is None

    stopped.moment += timedelta(seconds=10)
    await give(health, second, 5)
    assert health.room() == 0
    assert chosen(health) is None
    assert health.next_probe_at() == stopped.moment + timedelta(seconds=20)

    stopped.moment += timedelta(seconds=20)
    assert health.room() == 1
    assert chosen(health) == "first"
    assert health.room() == 0, "the probe is out"


async def test_an_answer_leaves_by_the_line_it_was_asked_on(stopped: StoppedClock) -> None:
    """A carrier that has the line goes before the preferred one, as long as it takes texts."""
    first, second = Carrier("first", line="1"), Carrier("second", *[BUSY] * 5, line="2")
    health = CarrierHealth([first, second], stopped, Metrics())

    assert [chosen(health), chosen(health, "2"), chosen(health, "3")] == ["first", "second", "first"]
    await give(health, second, 5)
    assert chosen(health, "2") == "first"


async def test_operators_see_the_breaker(stopped: StoppedClock) -> None:
    """Its state and every answer of a carrier are metrics."""
    carrier = Carrier("first", *[BUSY] * 5)
    metrics = Metrics()
    health = CarrierHealth([carrier], stopped, metrics)
    assert b'haochaping_carrier_breaker{provider="first"} 0.0' in metrics.expose()

    await give(health, carrier, 5)
    assert b'haochaping_carrier_breaker{provider="first"} 2.0' in metrics.expose()

    stopped.moment += timedelta(seconds=30)
    assert chosen(health) == "first"
    assert b'haochaping_carrier_breaker{provider="first"} 1.0' in metrics.expose()

    await give(health, carrier)
    told = metrics.expose()
    assert b'haochaping_carrier_breaker{provider="first"} 0.0' in told
    assert b'haochaping_carrier_answers_total{provider="first",result="failed"} 5.0' in told
    assert b'haochaping_carrier_answers_total{provider="first",result="accepted"} 1.0' in told
