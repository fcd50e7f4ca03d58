"""Which carrier a text goes by, and until when it may arrive; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxState
from tests.unit.application.text_desk import Desk, no_receipts, open_desk

LOST = DeliveryFailed("timeout", FailureFacts("timeout", retryable=True, outcome_unknown=True))
BUSY = DeliveryFailed("busy", FailureFacts("busy", retryable=True))
REFUSED = DeliveryFailed("no", FailureFacts("21610", retryable=False))


class SecondCarrier(DemoSmsCarrier):
    """Another carrier, with a line of its own; its texts need 2 minutes to leave."""

    shortest_validity = timedelta(minutes=2)  # type: ignore[misc]  # the test's own carrier
    name = "second"

    def __init__(self, clock: MovableClock) -> None:
        super().__init__(clock=clock, report=no_receipts)
        self.validities: list[datetime | None] = []
        self.lines: list[str] = []

    def line_for(self, wanted: str) -> str:
        """Its one line."""
        del wanted
        return "second line"

    async def send(self, text: OutgoingText) -> AcceptedText:
        """As the base, and keeps what it was told."""
        self.validities.append(text.valid_until)
        self.lines.append(text.line)
        return await super().send(text)


@pytest.fixture
def second(clock: MovableClock) -> SecondCarrier:
    return SecondCarrier(clock)


@pytest.fixture
async def desk(
    timed_database: SqlDatabase, clock: MovableClock, second: SecondCarrier
) -> AsyncIterator[Desk]:
    first = DemoSmsCarrier(clock=clock, report=no_receipts)
    async with open_desk(timed_database, clock, carriers=[first, second]) as opened:
        yield opened


async def test_the_next_carrier_takes_what_the_first_certainly_did_not(
    desk: Desk, second: SecondCarrier
) -> None:
    """At once, and the record names who has it."""
    await desk.queue("text", MessageKind.REMINDER)
    desk.carrier.fail_next(BUSY)

    assert await desk.work() == []
    assert [text.body for text in second.sent] == ["text"]
    assert (await desk.row(OutboxState.DONE)).carrier == "second"


@pytest.mark.parametrize("failure", [LOST, REFUSED])
async def test_no_other_carrier_gets_a_text_in_doubt_or_refused(
    desk: Desk, second: SecondCarrier, failure: DeliveryFailed
) -> None:
    """Two carriers would make two texts of the one, and no carrier reaches who opted out."""
    await desk.queue("text", MessageKind.THANKS)
    desk.carrier.fail_next(failure)

    await desk.work()

    assert second.sent == ()


async def test_a_doubt_at_the_second_carrier_is_looked_up_there(desk: Desk, second: SecondCarrier) -> None:
    """The last try on record is the one that counts."""
    await desk.queue("text", MessageKind.REMINDER)
    desk.carrier.fail_next(BUSY)
    second.fail_next(LOST, taken=True)
    await desk.work()
    row = await desk.row(OutboxState.PENDING)
    assert (row.carrier, row.in_doubt) == ("second", True)

    assert await desk.turn(timedelta(seconds=6)) == []
    assert [text.body for text in second.sent] == ["text"]
    await desk.row(OutboxState.DONE)


async def test_while_every_carrier_is_left_alone_texts_wait_uncounted(
    desk: Desk, second: SecondCarrier
) -> None:
    """Nothing is claimed, no try is counted, nothing dies; whoever recovers takes them."""
    await desk.queue("first", MessageKind.THANKS)
    for _ in range(5):
        desk.carrier.fail_next(BUSY)
        second.fail_next(BUSY)
        await desk.turn(timedelta(seconds=8))
    tries = (await desk.row(OutboxState.PENDING)).attempts
    await desk.queue("other", MessageKind.THANKS)

    claim = await desk.deliver.claim(10)
    assert (claim.wanted, claim.is_full) == ([], False)
    assert claim.next_due_at == desk.health.next_probe_at()
    async with desk.database.reading() as work:
        rows = {row.key: row for row in await work.inspection.rows(OutboxState.PENDING, None, 10)}
    assert {key: row.attempts for key, row in rows.items()} == {"first": tries, "other": 0}

    for _ in range(4):
        await desk.turn(timedelta(minutes=1))
    taken = [*await desk.work(), *(text.body for text in second.sent)]
    assert sorted(taken) == ["first", "other"]


async def test_an_answer_leaves_by_the_line_it_was_asked_on(desk: Desk, second: SecondCarrier) -> None:
    """So that it stands in the same conversation on the citizen's phone."""
    await desk.queue("answer", MessageKind.THANKS, line="second line")
    await desk.queue("other", MessageKind.THANKS, line="unknown line")

    assert await desk.work() == ["other"]
    assert second.lines == ["second line"]


@pytest.mark.requirement("R-8")
async def test_no_carrier_may_deliver_into_the_night(desk: Desk, second: SecondCarrier) -> None:
    """A reminder until the quiet hours; an answer for its ten minutes and then until the quiet hours."""
    await desk.queue("reminder", MessageKind.REMINDER, line="second line")
    await desk.queue("answer", MessageKind.THANKS, line="second line")
    night = desk.clock.now().replace(hour=13, minute=0, second=0, microsecond=0)  # 21:00 in Shanghai

    await desk.work()
    assert second.validities == [night, night]

    desk.clock.advance(night - timedelta(minutes=5) - desk.clock.now())
    await desk.queue("evening answer", MessageKind.THANKS, line="second line")
    await desk.work()
    (until,) = second.validities[2:]
    assert until is not None
    assert timedelta(minutes=9) < until - desk.clock.now() <= timedelta(minutes=10)


@pytest.mark.requirement("R-8")
async def test_an_answer_whose_window_is_nearly_over_at_night_waits__regression(desk: Desk) -> None:
    """It would expire on its way, and was given up for being too late; it goes in the morning."""
    night = desk.clock.now().replace(hour=14, minute=0, second=0, microsecond=0)
    desk.clock.advance(night - desk.clock.now())
    await desk.queue("answer", MessageKind.THANKS, queued_at=night - timedelta(minutes=9, seconds=50))

    assert await desk.work() == []
    row = await desk.row(OutboxState.PENDING)
    assert (row.due_at, row.last_error) == (night + timedelta(hours=10), "quiet hours")


@pytest.mark.requirement("R-8")
async def test_what_would_expire_before_it_leaves_waits_for_the_morning(
    desk: Desk, second: SecondCarrier
) -> None:
    """A reminder, and an answer that is late already, right before the quiet hours."""
    night = desk.clock.now().replace(hour=13, minute=0, second=0, microsecond=0)
    desk.clock.advance(night - timedelta(minutes=1) - desk.clock.now())
    await desk.queue("reminder", MessageKind.REMINDER)
    late = desk.clock.now() - timedelta(hours=1)
    await desk.queue("late answer", MessageKind.CLARIFICATION, queued_at=late)

    assert await desk.work() == []
    async with desk.database.reading() as work:
        rows = await work.inspection.rows(OutboxState.PENDING, None, 10)
    morning = night + timedelta(hours=11)
    assert [(row.due_at, row.last_error, row.attempts) for row in rows] == [(morning, "quiet hours", 0)] * 2
    assert second.sent == ()

    desk.clock.advance(morning - desk.clock.now())
    assert sorted(await desk.work()) == ["late answer", "reminder"]
