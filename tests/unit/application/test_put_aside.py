"""What a lost database may have sent is put aside after a restore, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.essentials import Essentials
from gateway.application.let_rest import LetRest
from gateway.application.ports.database import Chosen, Database
from gateway.application.put_aside import WHY, Kept, PutAside
from gateway.application.queue_text import QueueText
from gateway.application.send_reminders import SendReminders, reminder_key
from gateway.bootstrap.folders import data_folder
from gateway.domain.invitations import ReminderState
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.stored_person import Person, store

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=20)


@pytest.fixture
def essentials(database: SqlDatabase, clock: MovableClock) -> Essentials:
    """The usual rules: quiet from 21 to 8."""
    return Essentials(database, clock, Rules(), Metrics())


@pytest.fixture
def queue_text() -> QueueText:
    """The delivered texts."""
    return QueueText(JinjaMessageTexts(data_folder("sms_templates"), "政务服务好差评"))


def entry(kind: OutboxKind, key: str, due_at: datetime) -> OutboxEntry:
    """Something owed."""
    return OutboxEntry(kind=kind, key=key, payload={}, due_at=due_at, created_at=due_at)


async def keys(database: Database, state: OutboxState) -> dict[str, str]:
    """The entries in a state, each with what was noted."""
    async with database.reading() as work:
        return {row.key: row.last_error for row in await work.inspection.rows(state, None, 99)}


async def test_texts_and_emails_are_put_aside_and_ratings_are_not(
    essentials: Essentials, queue_text: QueueText
) -> None:
    """Due by then, held, or never tried: put aside. Tried and due later: it was not sent, and goes on."""
    now = essentials.clock.now()
    async with essentials.database.transaction() as work:
        await work.outbox.add([entry(OutboxKind.EMAIL, "tomorrow", now - HOUR)])
        for claimed in await work.outbox.claim(OutboxKind.EMAIL, now, LEASE, 9):
            await work.outbox.postpone(claimed, now + DAY, why="mailbox full")
        await work.outbox.add([entry(OutboxKind.SMS, "held", now)])
        await work.outbox.claim(OutboxKind.SMS, now, LEASE, 9)
        await work.outbox.add(
            [
                entry(OutboxKind.SMS, "due", now - HOUR),
                entry(OutboxKind.EMAIL, "due", now - HOUR),
                entry(OutboxKind.CALL, "due", now - HOUR),
                entry(OutboxKind.EMAIL, "settling", now + HOUR),
                entry(OutboxKind.CORE_STORE, "rating", now - HOUR),
            ]
        )

    kept = await PutAside(essentials, queue_text)(now)
    again = await PutAside(essentials, queue_text)(now)

    assert (kept, again) == (Kept(texts=2, emails=2, calls=1), Kept(texts=0, emails=0, calls=0))
    assert set(await keys(essentials.database, OutboxState.PENDING)) == {"tomorrow", "rating"}
    assert set((await keys(essentials.database, OutboxState.DEAD)).values()) == {WHY}


@pytest.mark.requirement("R-8")
async def test_a_reminder_that_fell_due_in_the_lost_time_is_not_sent_again(
    essentials: Essentials, queue_text: QueueText, clock: MovableClock, database: SqlDatabase
) -> None:
    """It went out in the afternoon; restored at night, it neither goes again now nor in the morning."""
    morning = clock.now()
    for name, hours in (("in the lost time", 5), ("later", 30)):
        person = Person(PhoneNumber(f"+86138001380{hours:02}"), morning, name)
        await store(database, person, remind_at=morning + hours * HOUR)
    clock.advance(13 * HOUR)

    kept = await PutAside(essentials, queue_text)(clock.now())
    clock.advance(12 * HOUR)
    judged_in_the_morning = await SendReminders(essentials, queue_text)()

    # Beside the reminder two texts that `store` queued.
    assert (kept.texts, judged_in_the_morning) == (3, 0)
    async with database.reading() as work:
        lost = await work.invitations.get(
            Person(PhoneNumber("+8613800138005"), morning, "in the lost time").invitation_id
        )
        later = await work.invitations.get(
            Person(PhoneNumber("+8613800138030"), morning, "later").invitation_id
        )
    assert lost is not None
    assert later is not None
    assert reminder_key(lost) in await keys(database, OutboxState.DEAD)
    # Its citizen has it, so an answer must find it.
    assert (lost.reminder, lost.texted_at) == (ReminderState.QUEUED, morning + 5 * HOUR)
    assert later.reminder is ReminderState.WAITING


async def test_what_was_put_aside_is_sent_or_left_by_hand(
    essentials: Essentials, queue_text: QueueText
) -> None:
    """One kind is taken up again, another let rest; a rating cannot be let rest."""
    database, now = essentials.database, essentials.clock.now()
    async with database.transaction() as work:
        await work.outbox.add([entry(kind, kind.value, now) for kind in OutboxKind])
        (rating,) = await work.outbox.claim(OutboxKind.CORE_STORE, now, LEASE, 9)
        await work.outbox.settle([rating], OutboxState.DEAD, now, "refused")
    await PutAside(essentials, queue_text)(now)

    async with database.transaction() as work:
        revived = await work.inspection.revive(Chosen(kinds=["email"]), now)
    let_rest = LetRest(essentials, queue_text)
    dropped = await let_rest(Chosen(kinds=["sms", "reminder", "referral", "call"]))
    no_rating = await let_rest(Chosen(outbox_ids=[rating.outbox_id]))

    assert (revived, dropped, no_rating) == (1, 4, 0)
    assert set(await keys(database, OutboxState.PENDING)) == {"email"}
    assert set(await keys(database, OutboxState.DROPPED)) == {"sms", "reminder", "referral", "call"}
    assert set(await keys(database, OutboxState.DEAD)) == {"core_store"}
