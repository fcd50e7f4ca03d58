"""Two nodes at the same people's rows at once, on PostgreSQL: nobody waits for good or overlooks another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.essentials import Essentials
from gateway.application.queue_text import QueueText
from gateway.application.send_reminders import SendReminders
from gateway.bootstrap.folders import data_folder
from gateway.domain.ids import InvitationId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics

PATIENCE = 20
CITIZEN = PhoneNumber("+8613800138000")


@pytest.fixture
async def shared(
    postgres_database_url: str, personal_data: PersonalDataCipher, wakeups: InProcessWakeups
) -> AsyncIterator[SqlDatabase]:
    """A database that both nodes use."""
    database = open_database(postgres_database_url, personal_data, wakeups)
    await upgrade(database)
    try:
        yield database
    finally:
        await database.close()


def waiting(name: str, created_at: datetime) -> Invitation:
    """An invitation of the citizen whose reminder is due."""
    return Invitation(
        invitation_id=InvitationId(name),
        occasion=f"visit:{name}:1",
        phone=CITIZEN,
        language=Language.CHINESE,
        timezone="Asia/Shanghai",
        item_name=name,
        lead_service_id=ServiceId(name),
        lead_visit_no=1,
        created_at=created_at,
        completed_at=created_at,
        reminder=ReminderState.WAITING,
        remind_at=created_at,
    )


async def somebody_waits_or(database: SqlDatabase, done: asyncio.Task[object]) -> None:
    """Return once a transaction waits for another, or the task is done."""
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(PATIENCE):
        while not done.done():
            async with database.reading_engine.connect() as connection:
                if (await connection.execute(waits)).scalar_one():
                    return
            await asyncio.sleep(0.01)


async def test_a_text_and_a_receipt_of_one_person_never_wait_for_each_other(
    shared: SqlDatabase, clock: MovableClock
) -> None:
    """A citizen's invitations are locked in the order in which everybody locks them."""
    now = clock.now()
    first, last = waiting("a", now), waiting("z", now + timedelta(seconds=1))
    async with shared.transaction() as work:
        for invitation in (first, last):
            await work.invitations.add(invitation)

    async def text_arrives() -> list[Invitation]:
        async with shared.transaction() as work:
            return await work.invitations.of_phone(CITIZEN, 20)

    async with asyncio.timeout(PATIENCE):
        async with shared.transaction() as work:
            await work.invitations.lock([first.invitation_id])
            arriving = asyncio.create_task(text_arrives())
            await somebody_waits_or(shared, arriving)
            await work.invitations.lock([last.invitation_id])
        found = await arriving

    assert [i.invitation_id for i in found] == ["z", "a"], "newest first"


async def test_two_judges_give_one_person_two_letters(shared: SqlDatabase, clock: MovableClock) -> None:
    """Reminders that fall due together are told apart, though two workers judge them at once."""
    now = clock.now()
    essentials = Essentials(shared, clock, Rules(), Metrics())
    judge = SendReminders(essentials, QueueText(JinjaMessageTexts(data_folder("sms_templates"), "x")))
    async with shared.transaction() as work:
        for name in ("a", "b"):
            await work.invitations.add(waiting(name, now - timedelta(minutes=1)))

    async with asyncio.timeout(PATIENCE):
        async with shared.transaction() as work:
            (mine,) = await work.invitations.due_reminders(now, 1)
            other = asyncio.create_task(judge())
            await somebody_waits_or(shared, other)
            queued = replace(mine, reminder=ReminderState.QUEUED, remind_at=None, texted_at=now)
            await work.invitations.update([queued])
        assert await other == 1

    async with shared.reading() as work:
        (theirs,) = [
            i
            for i in await work.invitations.texted_and_unrated([CITIZEN])
            if i.invitation_id != mine.invitation_id
        ]
    assert theirs.letter == "A"


async def test_a_letter_beyond_many_newer_invitations_is_found(
    shared: SqlDatabase, clock: MovableClock
) -> None:
    """What somebody was asked about goes before what they never heard of, however much of that there is."""
    now = clock.now()
    asked = replace(waiting("asked", now), remind_at=None, reminder=ReminderState.QUEUED, texted_at=now)
    async with shared.transaction() as work:
        await work.invitations.add(asked)
        for number in range(5):
            await work.invitations.add(waiting(f"n{number}", now + timedelta(minutes=number + 1)))
        found = await work.invitations.of_phone(CITIZEN, 3)

    assert "asked" in {i.invitation_id for i in found}
