"""Texts leave at the carrier's pace, answers first, and nothing leaves that waited into the night."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.application.carrier_health import CarrierHealth
from gateway.application.carrier_turns import CarrierTurns
from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.deliver_text import DeliverText
from gateway.application.essentials import Essentials
from gateway.domain.errors import DeliveryFailed, FailureFacts, Unavailable
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from gateway.domain.pace import Rate
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics

CITIZEN = PhoneNumber("+8613800138000")
RATE = Rate.of_carrier(10)
STEP_MS = 20
HANDS = 16


class StandingClock:
    """Real time does not count here, however busy the machine is."""

    def now(self) -> datetime:
        """Always the same morning in Shanghai."""
        return datetime(2026, 11, 23, 2, tzinfo=UTC)


class OtherCarrier(DemoSmsCarrier):
    """A second one, asked when the first fails."""

    @property
    def name(self) -> str:
        """Its own."""
        return "other"


class Sender:
    """A worker's two duties of texts in virtual time: what each sends, and when it looks again."""

    def __init__(self, database: SqlDatabase, clock: MovableClock) -> None:
        self.database = database
        self.clock = clock
        self.milliseconds = 0
        self.carrier = DemoSmsCarrier(clock=clock, report=_no_receipts)
        self.other = OtherCarrier(clock=clock, report=_no_receipts)
        essentials = Essentials(database, clock, Rules(), Metrics())
        self.health = CarrierHealth([self.carrier, self.other], clock, essentials.metrics)
        self.pace = InProcessPace(lambda: self.milliseconds * 1000)
        self.turns = CarrierTurns(essentials, self.pace, {"demo": RATE, "other": RATE})
        self.duties = {
            kind: DeliverOutbox(essentials, kind, self._deliverer(essentials, kind), lambda: 0.0)
            for kind in (OutboxKind.UNASKED, OutboxKind.SMS)
        }

    def _deliverer(self, essentials: Essentials, kind: OutboxKind) -> DeliverText:
        can_wait = kind is OutboxKind.UNASKED
        return DeliverText(essentials, self.health, turns=self.turns, can_wait=can_wait)

    async def owe(self, kind: MessageKind, count: int, body: str = "请评价") -> None:
        """Texts that are due now."""
        now = self.clock.now()
        outbox_kind = OutboxKind.UNASKED if kind is MessageKind.REMINDER else OutboxKind.SMS
        entries = [
            OutboxEntry(
                kind=outbox_kind,
                key=f"{kind.value}:{number}",
                payload={"kind": kind.value, "body": f"{body}{number}", "timezone": "Asia/Shanghai"},
                due_at=now,
                created_at=now,
                phone=CITIZEN,
            )
            for number in range(count)
        ]
        async with self.database.transaction() as work:
            await work.outbox.add(entries)

    async def pass_time(self, milliseconds: int) -> None:
        """Let it pass in small steps, in each of which both duties claim and send; reminders first."""
        for _ in range(milliseconds // STEP_MS):
            self.milliseconds += STEP_MS
            self.clock.advance(timedelta(milliseconds=STEP_MS))
            for duty in self.duties.values():
                for claimed in (await duty.claim(HANDS)).wanted:
                    await duty.deliver(claimed)

    def sent(self, start: str = "") -> int:
        """How many texts have left that begin so."""
        return sum(text.body.startswith(start) for text in self.carrier.sent)


async def _no_receipts(message_id: str, status: str) -> None:
    del message_id, status


@pytest.fixture
async def sender(database: SqlDatabase) -> AsyncIterator[Sender]:
    opened = Sender(database, MovableClock(None, StandingClock()))
    yield opened
    await opened.carrier.aclose()


async def test_an_answer_overtakes_ten_thousand_reminders(sender: Sender) -> None:
    """At ten a second the backlog takes a quarter of an hour; whoever writes hears back at once."""
    await sender.owe(MessageKind.REMINDER, 10_000)
    await sender.pass_time(2000)
    reminded = sender.sent()
    await sender.owe(MessageKind.THANKS, 3, body="谢谢")
    await sender.pass_time(1000)

    assert sender.sent("谢谢") == 3
    assert 15 <= reminded <= RATE.burst + 20, "the backlog is worked off at the full pace meanwhile"
    assert sender.sent() <= RATE.burst + 30


async def test_each_segment_costs_a_turn(sender: Sender) -> None:
    """A carrier counts what it carries: texts of three segments go at a third of the pace."""
    await sender.owe(MessageKind.REMINDER, 100, body="很长" * 80)
    await sender.pass_time(6000)

    assert 15 <= sender.sent() <= RATE.burst + 60 / 3


async def test_turns_that_nobody_uses_are_given_back(sender: Sender) -> None:
    """Looking for work costs none, nor does a claim that fails."""
    await sender.pass_time(1000)
    assert (await sender.pace.take("sms:demo", RATE, 0)).left == RATE.burst

    duty = sender.duties[OutboxKind.SMS]
    original = sender.database.transaction

    def gone() -> object:
        raise Unavailable("gone")

    sender.database.transaction = gone  # type: ignore[method-assign,assignment]  # the database vanishes
    with pytest.raises(Unavailable):
        await duty.claim(HANDS)
    sender.database.transaction = original  # type: ignore[method-assign]  # and is back
    assert (await sender.pace.take("sms:demo", RATE, 0)).left == RATE.burst


@pytest.mark.requirement("R-8")
async def test_a_reminder_that_waited_into_the_night_goes_in_the_morning(sender: Sender) -> None:
    """What has no turn is not claimed, so it is judged when it has one: none leaves in quiet hours."""
    # What could expire at the carrier before it has left is not sent either, so the evening ends earlier.
    evening = timedelta(hours=11) - DemoSmsCarrier.shortest_validity
    sender.clock.advance(evening - timedelta(seconds=4))
    await sender.owe(MessageKind.REMINDER, 100)
    await sender.pass_time(6000)

    by_day = sender.sent()
    assert 10 <= by_day <= RATE.burst + 40
    async with sender.database.reading() as work:
        waiting = await work.inspection.rows(OutboxState.PENDING, None, 200)
    assert len(waiting) == 100 - by_day
    assert {row.last_error for row in waiting} <= {"", "quiet hours"}
    assert {row.attempts for row in waiting if not row.last_error} <= {0}, "waiting for a turn is no try"


async def test_what_goes_by_another_carrier_is_paid_for_there(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that fails is no way around the other's pace: the backlog goes at that."""
    refused = DeliveryFailed("busy", FailureFacts("busy", retryable=True))

    async def refuse(_text: object) -> object:
        raise refused

    monkeypatch.setattr(sender.carrier, "send", refuse)
    await sender.owe(MessageKind.THANKS, 200)
    await sender.pass_time(5000)

    taken = len(sender.other.sent)
    assert 25 <= taken <= RATE.burst + HANDS + 50


async def test_a_carrier_without_a_pace_takes_any_number(sender: Sender) -> None:
    """As the demonstration does."""
    assert (await sender.turns.take("nobody's", 7, can_wait=True)).limit == 7
