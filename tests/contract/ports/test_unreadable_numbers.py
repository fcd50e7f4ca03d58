"""One number that cannot be read hides no other row, on SQLite and PostgreSQL alike (R-18)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.tables import outbox
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.deliver_call import DeliverCall
from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.deliverer import Delivered, Deliverer, Result
from gateway.application.essentials import Essentials
from gateway.application.ports.database.outbox import Chosen
from gateway.application.queue_text import QueueText
from gateway.application.send_reminders import SendReminders
from gateway.bootstrap.folders import data_folder
from gateway.domain.bureau.officers import Officer, Role
from gateway.domain.ids import OfficerId, ServiceId
from gateway.domain.invitations import ReminderState
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.retry import RetryPolicy
from gateway.domain.rules import Rules
from gateway.domain.services import UNREADABLE
from gateway.telemetry.metrics import Metrics
from tests.integration.stored_person import Person, remark, store

KEY, LOST = b"k" * 32, b"l" * 32
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def elsewhere(
    database: SqlDatabase, database_url: str, wakeups: InProcessWakeups
) -> AsyncIterator[SqlDatabase]:
    """The same database under a key that nobody else lists."""
    del database  # Made first.
    opened = open_database(database_url, PersonalDataCipher([LOST]), wakeups)
    yield opened
    await opened.close()


def people(clock: MovableClock) -> tuple[Person, Person]:
    """Who is due first, under the lost key, and who is due after."""
    now = clock.now()
    return (
        Person(PhoneNumber("+8613800138001"), now, "lost"),
        Person(PhoneNumber("+8613800138002"), now + timedelta(seconds=1), "kept"),
    )


class Counting(PersonalDataCipher):
    """Knows how often it was asked to open a seal."""

    opened = 0

    def unseal(self, sealed: bytes) -> str:
        """As ever."""
        self.opened += 1
        return super().unseal(sealed)


class Taking(Deliverer):
    """Whatever it is given arrives."""

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """It does."""
        del claimed
        return Delivered()

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:
        """Never asked."""
        raise NotImplementedError


class Calling(Taking):
    """The same, by telephone."""

    end_without_number = DeliverCall.end_without_number


def reminders(essentials: Essentials) -> SendReminders:
    """With the delivered texts."""
    return SendReminders(
        essentials, QueueText(JinjaMessageTexts(data_folder("sms_templates"), "政务服务好差评"))
    )


async def test_texts_whose_number_is_lost_are_put_aside_and_the_rest_goes__regression(
    database: SqlDatabase, elsewhere: SqlDatabase, clock: MovableClock
) -> None:
    """Under a lost key, or damaged: dead with a reason; each can be retried once the key is back."""
    lost, kept = people(clock)
    damaged = Person(PhoneNumber("+8613800138003"), lost.at, "damaged")
    await store(elsewhere, lost)
    await store(database, damaged)
    await store(database, kept)
    async with database.engine.begin() as connection:
        await connection.execute(
            update(outbox).where(outbox.c.key == "reminder:damaged").values(phone_sealed=b"\x00" * 50)
        )
    clock.advance(HOUR)

    def deliver(from_here: SqlDatabase) -> DeliverOutbox:
        essentials = Essentials(from_here, clock, Rules(), Metrics())
        return DeliverOutbox(essentials, OutboxKind.SMS, Taking(), lambda: 0.0)

    wanted = (await deliver(database).claim(9)).wanted
    async with database.transaction() as work:
        dead = {row.key: row for row in await work.inspection.rows(OutboxState.DEAD, None, 9)}
        await work.inspection.revive(Chosen(outbox_ids=[dead["reminder:lost"].outbox_id]), clock.now())
    then = (await deliver(elsewhere).claim(9)).wanted

    assert [(each.entry.key, each.entry.phone) for each in wanted] == [("reminder:kept", kept.phone)]
    assert set(dead) == {"reminder:lost", "reminder:damaged"}
    assert "sealed with a key that is not listed" in dead["reminder:lost"].last_error
    assert "restore" in dead["reminder:damaged"].last_error
    assert [(each.entry.key, each.entry.phone) for each in then] == [("reminder:lost", lost.phone)]


async def test_a_call_without_a_number_holds_up_no_later_one__regression(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Calls to one person go in their order, which nothing passes that is dead."""
    person, now = PhoneNumber("+8613800138001"), clock.now()
    async with database.transaction() as work:
        await work.outbox.add(
            [
                OutboxEntry(
                    kind=OutboxKind.CALL,
                    key=key,
                    payload={},
                    due_at=now,
                    created_at=now,
                    order_key="call:p",
                    phone=person,
                )
                for key in ("damaged", "later")
            ]
        )
    async with database.engine.begin() as connection:
        await connection.execute(
            update(outbox).where(outbox.c.key == "damaged").values(phone_sealed=b"\x00" * 50)
        )
    essentials = Essentials(database, clock, Rules(), Metrics())
    calls = DeliverOutbox(essentials, OutboxKind.CALL, Calling(), lambda: 0.0)

    wanted = [claimed for _ in range(2) for claimed in (await calls.claim(9)).wanted]

    assert [each.entry.key for each in wanted] == ["later"]


@pytest.mark.requirement("R-8")
async def test_reminders_whose_number_is_lost_wait_and_the_rest_goes__regression(
    database: SqlDatabase, elsewhere: SqlDatabase, clock: MovableClock
) -> None:
    """Looked at each hour, for the key may come back; dropped when it would only puzzle the citizen."""
    lost, kept = people(clock)
    for owner, person in ((elsewhere, lost), (database, kept)):
        await store(owner, person, remind_at=person.at + DAY)
    clock.advance(DAY + HOUR)
    metrics = Metrics()
    remind = reminders(Essentials(database, clock, Rules(), metrics))

    judged = await remind()
    again_at = await remind.next_due_at()
    seen = metrics.expose().decode()

    assert (judged, await remind()) == (2, 0)
    assert 'haochaping_reminders_total{result="no_number"} 1.0' in seen
    assert 'haochaping_reminders_total{result="send"} 1.0' in seen
    assert again_at is not None
    assert HOUR - timedelta(minutes=5) < again_at - clock.now() <= HOUR
    clock.advance(HOUR)
    assert await reminders(Essentials(elsewhere, clock, Rules(), Metrics()))() == 1
    async with elsewhere.reading() as work:
        with_its_key = await work.invitations.get(lost.invitation_id)
    assert with_its_key is not None
    assert (with_its_key.phone, with_its_key.reminder) == (lost.phone, ReminderState.QUEUED)


@pytest.mark.requirement("R-8")
async def test_a_reminder_whose_key_never_comes_back_ends(
    database: SqlDatabase, elsewhere: SqlDatabase, clock: MovableClock
) -> None:
    """After as long as any other reminder may be late, and is counted like it."""
    lost, _ = people(clock)
    await store(elsewhere, lost, remind_at=lost.at + DAY)
    clock.advance(DAY + Rules().reminder_misfire + HOUR)
    remind = reminders(Essentials(database, clock, Rules(), Metrics()))

    assert (await remind(), await remind()) == (1, 0)
    async with database.reading() as work:
        ended = await work.invitations.get(lost.invitation_id)
    assert ended is not None
    assert (ended.reminder, ended.remind_at) == (ReminderState.MISFIRED, None)


async def test_a_service_whose_number_is_lost_is_shown_and_keeps_it(
    database: SqlDatabase, elsewhere: SqlDatabase, clock: MovableClock
) -> None:
    """Shown with the reason; what is learnt of it writes nothing over the number that may be read again."""
    lost, _ = people(clock)
    await store(elsewhere, lost)
    async with database.transaction() as work:
        (found,) = await work.services.visits(ServiceId("lost"))
        await work.services.replace(replace(found, fingerprint="learnt"))

    async with elsewhere.reading() as work:
        with_its_key = await work.services.get(ServiceId("lost"), 1)
    assert (found.service.phone, found.phone_problem) == (None, UNREADABLE)
    assert with_its_key is not None
    assert (with_its_key.service.phone, with_its_key.phone_problem) == (lost.phone, "")
    assert with_its_key.fingerprint == "learnt"


async def test_an_unreadable_history_is_a_damaged_one(
    database: SqlDatabase, elsewhere: SqlDatabase, clock: MovableClock
) -> None:
    """Whoever goes through many knows how to pass over it."""
    lost, _ = people(clock)
    follow_up_id = await remark(elsewhere, lost, "已联系")

    async with database.reading() as work:
        with pytest.raises(LookupError, match="the words of step 1 cannot be read"):
            await work.follow_ups.history(follow_up_id)


async def test_an_officer_whose_codes_are_lost_cannot_sign_in_and_hides_nobody(
    database: SqlDatabase, elsewhere: SqlDatabase
) -> None:
    """No code fits, which is not the same as needing none; the secret is there when its key comes back."""
    zhang = Officer(
        officer_id=OfficerId("o1"),
        login="zhang",
        name="张三",
        role=Role.OFFICER,
        code_secret="JBSWY3DPEHPK3PXP",
    )
    li = replace(zhang, officer_id=OfficerId("o2"), login="li")
    for owner, officer in ((elsewhere, zhang), (database, li)):
        async with owner.transaction() as work:
            await work.officers.add(officer)
    async with database.transaction() as work:
        everybody = {each.login: each for each in await work.officers.lock_all()}
        await work.officers.save(replace(everybody["zhang"], name="张叁"))

    async with elsewhere.reading() as work:
        with_its_key = await work.officers.by_login("zhang")
    assert everybody["li"].code_secret == li.code_secret
    assert everybody["zhang"].code_secret not in {"", zhang.code_secret}
    assert with_its_key == replace(zhang, name="张叁")


async def test_the_number_of_a_claimed_entry_is_opened_once(
    database: SqlDatabase, database_url: str, clock: MovableClock, wakeups: InProcessWakeups
) -> None:
    """Whether it can be read and what it is are one question."""
    await store(database, people(clock)[1])
    cipher = Counting([KEY])
    opened = open_database(database_url, cipher, wakeups)
    async with opened.transaction() as work:
        (claimed,) = await work.outbox.claim(OutboxKind.SMS, clock.now() + DAY, HOUR, 9)
    await opened.close()

    assert claimed.entry.phone == people(clock)[1].phone
    assert cipher.opened == 1
