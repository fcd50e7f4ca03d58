"""A text that may be out is looked up before it is sent again; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import outbox
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.application.deliver_outbox import LEASE
from gateway.application.ports.database import Chosen
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText
from gateway.application.receive_delivery_receipt import ReceiveDeliveryReceipt
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.events import ReceiptArrived
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import CarrierTry, OutboxState
from gateway.domain.receipts import DeliveryStatus
from tests.unit.application.text_desk import CITIZEN, Desk, no_receipts, open_desk

LOST = DeliveryFailed("timeout", FailureFacts("timeout", retryable=True, outcome_unknown=True))
CERTAIN = DeliveryFailed("no connection", FailureFacts("refused", retryable=True))
BUSY = DeliveryFailed("busy", FailureFacts("busy", retryable=True))
SOON = timedelta(seconds=6)
KINDS = (MessageKind.REMINDER, MessageKind.THANKS)


class SlowList(DemoSmsCarrier):
    """Shows what it took only after a minute, or fails when it is asked."""

    settles_within = timedelta(minutes=1)  # type: ignore[misc]  # the test's own carrier
    behind = False
    broken: Exception | None = None
    alike = False
    questions = 0

    async def find(self, text: OutgoingText, tried: CarrierTry) -> Sequence[AcceptedText]:
        """As the base, unless the list is behind; with texts alike where it knows no references."""
        self.questions += 1
        if self.broken is not None:
            raise self.broken
        if self.behind:
            return []
        if self.alike:
            return [AcceptedText(s.message_id, s.line) for s in self.sent if s.body == text.body]
        return await super().find(text, tried)


class DumbCarrier(DemoSmsCarrier):
    """Cannot be asked."""

    can_be_asked = False  # type: ignore[misc]  # the test's own carrier


@pytest.fixture
def slow(clock: MovableClock) -> SlowList:
    return SlowList(clock=clock, report=no_receipts)


@pytest.fixture
async def desk(timed_database: SqlDatabase, clock: MovableClock, slow: SlowList) -> AsyncIterator[Desk]:
    async with open_desk(timed_database, clock, carriers=[slow]) as opened:
        yield opened


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("R-8")
async def test_a_text_whose_answer_was_lost_is_found_and_not_repeated(desk: Desk, kind: MessageKind) -> None:
    """It counts as sent, with the carrier's id, and by the line it went out by."""
    await desk.queue("text", kind)
    desk.carrier.fail_next(LOST, taken=True)

    assert await desk.work() == ["text"]
    waiting = await desk.row(OutboxState.PENDING)
    assert (waiting.carrier, waiting.in_doubt) == ("demo", True)
    assert waiting.last_error == "outcome unknown: timeout"
    assert await desk.turn() == ["text"], "not before some seconds have passed"
    assert await desk.turn(SOON) == ["text"]

    done = await desk.row(OutboxState.DONE)
    assert (done.carrier, done.in_doubt, done.attempts) == ("demo", False, 2)
    async with desk.database.reading() as work:
        known = await work.messages.references("demo", {text.message_id for text in desk.carrier.sent})
    assert list(known.values()) == ["text"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_text_that_never_arrived_goes_again_at_once(
    desk: Desk, slow: SlowList, kind: MessageKind
) -> None:
    """But only when the carrier's list can be trusted."""
    await desk.queue("text", kind)
    desk.carrier.fail_next(LOST, taken=False)
    await desk.work()

    assert await desk.turn(SOON) == []
    waiting = await desk.row(OutboxState.PENDING)
    assert waiting.last_error == "outcome unknown; demo does not show it yet"
    assert slow.questions == 1

    assert await desk.turn(timedelta(minutes=1)) == []
    assert (await desk.row(OutboxState.PENDING)).last_error == "demo never took it"
    assert await desk.turn() == ["text"]
    assert (await desk.row(OutboxState.DONE)).attempts == 2, "looking up is no try"


async def test_a_list_that_lags_makes_no_second_text(desk: Desk, slow: SlowList) -> None:
    """What is not shown at the first look is shown at a later one."""
    await desk.queue("reminder", MessageKind.REMINDER)
    desk.carrier.fail_next(LOST, taken=True)
    await desk.work()

    slow.behind = True
    await desk.turn(SOON)
    slow.behind = False
    assert await desk.turn(timedelta(minutes=1)) == ["reminder"]
    await desk.row(OutboxState.DONE)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_process_killed_amid_a_try_leaves_it_on_record(desk: Desk, kind: MessageKind) -> None:
    """Another finds out what became of it, in both cases; nothing is guessed."""
    await desk.queue("taken", kind)
    (killed,) = (await desk.deliver.claim(10)).wanted
    assert killed.begun is not None
    await desk.carrier.send(OutgoingText(reference="taken", to=CITIZEN, body="taken"))
    await desk.queue("not taken", kind)
    await desk.deliver.claim(10)

    assert await desk.turn(LEASE + timedelta(minutes=1)) == ["taken"]
    assert await desk.turn() == ["taken", "not taken"]
    async with desk.database.reading() as work:
        assert len(await work.inspection.rows(OutboxState.DONE, None, 10)) == 2


@pytest.mark.parametrize(("ahead", "waits"), [(timedelta(seconds=90), True), (timedelta(hours=2), False)])
async def test_a_try_of_an_older_version_whose_clock_runs_ahead_is_not_given_up_too_soon(
    desk: Desk, slow: SlowList, ahead: timedelta, *, waits: bool
) -> None:
    """It notes a try by its own clock: the later of the two counts, unless one is plainly wrong."""
    await desk.queue("reminder", MessageKind.REMINDER)
    await desk.deliver.claim(10)
    doubt = CarrierTry("demo", "12345", desk.clock.now() + LEASE + ahead)
    desk.clock.advance(LEASE)
    async with desk.database.transaction() as work:
        (claimed,) = await work.outbox.claim(desk.deliver.kind, desk.clock.now(), LEASE, 1)
        await work.outbox.begin([(claimed, doubt)])
    async with desk.database.engine.begin() as connection:
        await connection.execute(update(outbox).values(tried_at=doubt.begun_at))
    desk.clock.advance(LEASE)
    slow.behind = True

    await desk.work()

    row = await desk.row(OutboxState.PENDING)
    assert row.in_doubt is waits
    assert abs(row.due_at - doubt.begun_at - timedelta(minutes=1)) < LEASE or not waits


@pytest.mark.parametrize("apart", [timedelta(hours=-2), timedelta(seconds=-90), timedelta(seconds=90)])
async def test_however_wrong_the_clock_of_who_was_killed_the_list_is_given_its_time__regression(
    desk: Desk, slow: SlowList, apart: timedelta
) -> None:
    """A try noted by a clock that was behind looked old at once: the text was sent again too soon."""
    await desk.queue("reminder", MessageKind.REMINDER)
    now = desk.clock.now()
    async with desk.database.transaction() as work:
        (claimed,) = await work.outbox.claim(desk.deliver.kind, now + max(apart, timedelta()), LEASE, 1)
        await work.outbox.begin([(claimed, CarrierTry("demo", "12345", now + apart))])
    await desk.carrier.send(OutgoingText(reference="reminder", to=CITIZEN, body="reminder"))
    slow.behind = True
    # The lease ended by the shared clock; what its holder's own clock made of that is another matter.
    async with desk.database.engine.begin() as connection:
        await connection.execute(update(outbox).values(due_at=now))

    await desk.turn(LEASE)
    assert (await desk.row(OutboxState.PENDING)).due_at >= now + timedelta(minutes=1)
    slow.behind = False
    assert await desk.turn(timedelta(minutes=1)) == ["reminder"]
    await desk.row(OutboxState.DONE)


async def test_another_text_with_the_same_words_is_not_taken_for_it(desk: Desk, slow: SlowList) -> None:
    """A citizen who texts twice gets two answers, though the carrier knows no references of ours."""
    slow.alike = True
    await desk.queue("same", MessageKind.THANKS)
    await desk.work()
    await desk.queue("second", MessageKind.THANKS)
    async with desk.database.transaction() as work:
        (claimed,) = await work.outbox.claim(desk.deliver.kind, desk.clock.now(), LEASE, 1)
        same = {**claimed.entry.payload, "body": "same"}
        await work.outbox.postpone(claimed, desk.clock.now(), why="", payload=same)
    desk.carrier.fail_next(LOST, taken=False)
    await desk.work()

    await desk.turn(timedelta(minutes=2))
    assert await desk.turn() == ["same", "same"]


async def test_a_carrier_that_does_not_tell_is_asked_for_a_while(desk: Desk, slow: SlowList) -> None:
    """An answer is repeated then, as the rule says; a reminder waits for days, since nobody waits for it."""
    slow.broken = BUSY
    await desk.queue("reminder", MessageKind.REMINDER)
    await desk.queue("thanks", MessageKind.THANKS)
    for _ in range(2):
        desk.carrier.fail_next(LOST, taken=True)
    await desk.work()

    for _ in range(10):
        await desk.turn(timedelta(minutes=2))
    await desk.turn(timedelta(minutes=10))

    assert sorted(await desk.work()) == ["reminder", "thanks", "thanks"]
    waiting = await desk.row(OutboxState.PENDING)
    assert (waiting.key, waiting.in_doubt) == ("reminder", True)
    assert waiting.last_error == "outcome unknown; demo does not tell now: busy"

    await desk.turn(timedelta(days=4))
    dead = await desk.row(OutboxState.DEAD)
    assert (dead.key, dead.in_doubt) == ("reminder", True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("R-8")
async def test_a_look_up_that_breaks_leaves_the_text_in_doubt__regression(
    desk: Desk, slow: SlowList, kind: MessageKind
) -> None:
    """Whatever it was that went wrong in asking: a text that may be out is not sent again for it."""
    slow.broken = RecursionError()
    await desk.queue("text", kind)
    desk.carrier.fail_next(LOST, taken=True)
    await desk.work()

    assert await desk.turn(SOON) == ["text"]
    waiting = await desk.row(OutboxState.PENDING)
    assert (waiting.in_doubt, waiting.last_error) == (
        True,
        "outcome unknown; demo does not tell now: fault",
    )
    slow.broken = None
    assert await desk.turn(timedelta(minutes=2)) == ["text"]
    await desk.row(OutboxState.DONE)


async def test_tries_that_certainly_failed_are_no_blind_ones__regression(desk: Desk, slow: SlowList) -> None:
    """An opt-out confirmed late is confirmed all the same, when the first that may have arrived is lost."""
    slow.broken = BUSY
    await desk.queue("text", MessageKind.OPT_OUT_CONFIRMATION)
    for failure in (CERTAIN, CERTAIN, CERTAIN, LOST):
        desk.carrier.fail_next(failure, taken=False)
    for _ in range(5):
        await desk.turn(timedelta(seconds=30))
    assert (await desk.row(OutboxState.PENDING)).in_doubt

    await desk.turn(timedelta(minutes=11))
    assert await desk.turn() == ["text"]
    await desk.row(OutboxState.DONE)


async def test_a_late_reminder_is_looked_up_all_the_same(desk: Desk) -> None:
    """What became of it is known before it is dropped for being late."""
    await desk.queue("reminder", MessageKind.REMINDER)
    desk.carrier.fail_next(LOST, taken=True)
    await desk.work()

    await desk.turn(timedelta(hours=14))  # Midnight in Shanghai.

    await desk.row(OutboxState.DONE)


@pytest.mark.parametrize(
    ("kind", "repeated"),
    [
        (MessageKind.REMINDER, False),
        (MessageKind.THANKS, True),
        (MessageKind.OPT_OUT_CONFIRMATION, True),
        (MessageKind.CLARIFICATION, True),
    ],
)
async def test_where_nobody_can_be_asked_the_rule_decides(
    timed_database: SqlDatabase, clock: MovableClock, kind: MessageKind, *, repeated: bool
) -> None:
    """By default a reminder is not repeated and every answer is, but not for ever."""
    dumb = DumbCarrier(clock=clock, report=no_receipts)
    async with open_desk(timed_database, clock, carriers=[dumb]) as desk:
        await desk.queue("text", kind)
        for _ in range(9):
            dumb.fail_next(LOST, taken=True)
        for _ in range(10):
            await desk.turn(timedelta(minutes=1))

        assert await desk.work() == ["text"] * (3 if repeated else 1)
        dead = await desk.row(OutboxState.DEAD)
        assert dead.last_error == (
            "outcome unknown, demo cannot be asked: not repeated lest the citizen gets it twice"
        )


async def test_the_rule_is_configuration(timed_database: SqlDatabase, clock: MovableClock) -> None:
    """A city may prefer two reminders to none."""
    dumb = DumbCarrier(clock=clock, report=no_receipts)
    repeat_unknown = {MessageKind.REMINDER}
    async with open_desk(timed_database, clock, carriers=[dumb], repeat_unknown=repeat_unknown) as desk:
        await desk.queue("reminder", MessageKind.REMINDER)
        await desk.queue("thanks", MessageKind.THANKS)
        for _ in range(2):
            dumb.fail_next(LOST, taken=True)
        for _ in range(3):
            await desk.turn(timedelta(minutes=1))

        assert sorted(await desk.work()) == ["reminder", "reminder", "thanks"]


async def test_an_operator_who_revives_a_text_in_doubt_gets_no_second_one(desk: Desk, slow: SlowList) -> None:
    """It is looked up first, also days later."""
    slow.broken = BUSY
    await desk.queue("reminder", MessageKind.REMINDER)
    desk.carrier.fail_next(LOST, taken=True)
    await desk.work()
    await desk.turn(timedelta(days=4))
    await desk.row(OutboxState.DEAD)

    slow.broken = None
    async with desk.database.transaction() as work:
        assert await work.inspection.revive(Chosen(), desk.clock.now()) == 1

    assert await desk.work() == ["reminder"]
    await desk.row(OutboxState.DONE)


@pytest.mark.parametrize("when", ["in doubt", "under way", "given up", "to be repeated"])
async def test_a_receipt_proves_that_a_text_is_out(desk: Desk, slow: SlowList, when: str) -> None:
    """By our reference alone, whatever stage the lost text is at; nothing more is sent."""
    await desk.queue("reminder", MessageKind.REMINDER)
    desk.carrier.fail_next(LOST, taken=True)
    if when == "under way":
        await desk.deliver.claim(10)
    else:
        await desk.work()
    if when == "given up":
        slow.broken = BUSY
        await desk.turn(timedelta(days=4))
        await desk.row(OutboxState.DEAD)
    if when == "to be repeated":
        slow.behind = True
        await desk.turn(timedelta(minutes=2))
        assert (await desk.row(OutboxState.PENDING)).last_error == "demo never took it"
    receive = ReceiveDeliveryReceipt(desk.essentials)

    for _ in range(2):
        await receive(
            ReceiptArrived(
                provider="demo",
                provider_message_id="DM1",
                status=DeliveryStatus.SENT,
                reference="reminder",
            )
        )

    assert (await desk.row(OutboxState.DONE)).last_error == ""
    sent = await desk.turn(timedelta(days=1))
    assert sent == ([] if when == "under way" else ["reminder"])
    async with desk.database.reading() as work:
        assert await work.messages.references("demo", {"DM1"}) == {"DM1": "reminder"}
        assert await work.messages.receipt("demo", "DM1") is DeliveryStatus.SENT


async def test_a_receipt_for_what_was_never_tried_changes_nothing(desk: Desk) -> None:
    """A reference that no try has gone out under settles nothing."""
    await desk.queue("reminder", MessageKind.REMINDER)
    await ReceiveDeliveryReceipt(desk.essentials)(
        ReceiptArrived(
            provider="demo", provider_message_id="DM1", status=DeliveryStatus.SENT, reference="reminder"
        )
    )

    assert await desk.work() == ["reminder"]
