"""The port `Invitations`, on SQLite and PostgreSQL alike: what is found of them after whatever happened."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, text

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.invitations import _DUE
from gateway.adapters.database.tables import invitations, open_questions, waiting_reminders
from gateway.domain.ids import InvitationId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.conftest import somebody_waits_or

PHONES = (PhoneNumber("+8613800138000"), PhoneNumber("+8613900139000"))
DAY = timedelta(days=1)


def invitation(name: str, now: datetime, phone: PhoneNumber | None = PHONES[0]) -> Invitation:
    return Invitation(
        invitation_id=InvitationId(name),
        occasion=f"visit:{name}",
        phone=phone,
        language=Language.CHINESE,
        timezone="Asia/Shanghai",
        item_name="居民身份证换领",
        lead_service_id=ServiceId(name),
        lead_visit_no=1,
        created_at=now,
        completed_at=now,
        reminder=ReminderState.WAITING,
        remind_at=now + DAY,
    )


async def add(database: SqlDatabase, *added: Invitation) -> None:
    async with database.transaction() as work:
        for each in added:
            await work.invitations.add(each)


async def change(database: SqlDatabase, *changed: Invitation) -> None:
    async with database.transaction() as work:
        await work.invitations.update(changed)


async def due(database: SqlDatabase, now: datetime, limit: int = 9) -> list[str]:
    async with database.transaction() as work:
        return [each.invitation_id for each in await work.invitations.due_reminders(now, limit)]


async def next_at(database: SqlDatabase) -> datetime | None:
    async with database.reading() as work:
        return await work.invitations.next_reminder_at()


async def unanswered(database: SqlDatabase, phone: PhoneNumber, since: datetime) -> set[str]:
    async with database.reading() as work:
        found = await work.invitations.texted_and_unrated([phone], since)
    return {each.invitation_id for each in found}


async def newest(database: SqlDatabase, phone: PhoneNumber, limit: int) -> list[str]:
    async with database.transaction() as work:
        return [each.invitation_id for each in await work.invitations.of_phone(phone, limit)]


def reminded(one: Invitation, now: datetime) -> Invitation:
    return replace(one, reminder=ReminderState.QUEUED, remind_at=None, texted_at=now)


async def test_due_reminders_come_the_longest_due_first(database: SqlDatabase, clock: MovableClock) -> None:
    """As many as are wanted; what is put off is due later, what was queued never again."""
    now = clock.now()
    a, b, c = (invitation(name, now + timedelta(minutes=place)) for place, name in enumerate("abc"))
    await add(database, c, a, b)

    assert await next_at(database) == now + DAY
    assert await due(database, now) == []
    assert await due(database, now + DAY) == ["a"]
    assert await due(database, now + 2 * DAY, limit=2) == ["a", "b"]

    await change(database, reminded(a, now), replace(b, remind_at=now + 3 * DAY))
    assert await due(database, now + 2 * DAY) == ["c"]
    assert await due(database, now + 3 * DAY) == ["c", "b"]

    async with database.transaction() as work:
        assert await work.invitations.mark_rated([b.invitation_id, c.invitation_id], now) == 2
    assert await due(database, now + 3 * DAY) == []
    assert await next_at(database) is None


async def test_what_was_asked_and_not_rated_goes_before_the_rest(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """An office has thousands of invitations: an old one that was asked about is among the few wanted."""
    now = clock.now()
    office = [invitation(f"{n:03}", now + timedelta(minutes=n)) for n in range(30)]
    await add(database, *office)
    await change(database, reminded(office[3], now + DAY), reminded(office[5], now + 2 * DAY))

    assert await newest(database, PHONES[0], 3) == ["029", "005", "003"]
    assert await newest(database, PHONES[0], 1) == ["005"]
    async with database.transaction() as work:
        await work.invitations.mark_rated([office[5].invitation_id], now)
    assert await newest(database, PHONES[0], 3) == ["029", "028", "003"]


async def test_letters_in_use_are_those_of_what_is_asked_and_unrated(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Of this person, since then; a rating frees a letter."""
    now = clock.now()
    old, young, rated, others = (
        invitation(name, now, phone)
        for name, phone in (("a", PHONES[0]), ("b", PHONES[0]), ("c", PHONES[0]), ("d", PHONES[1]))
    )
    await add(database, old, young, rated, others)
    await change(
        database, reminded(old, now), *(reminded(each, now + DAY) for each in (young, rated, others))
    )
    async with database.transaction() as work:
        await work.invitations.mark_rated([rated.invitation_id], now + DAY)

    assert await unanswered(database, PHONES[0], now) == {"a", "b"}
    assert await unanswered(database, PHONES[0], now + DAY) == {"b"}


async def kept_apart(database: SqlDatabase) -> tuple[set[object], set[object]]:
    """What waits and what is open, as the tables apart have it."""
    async with database.reading_engine.connect() as connection:
        waiting = await connection.execute(select(waiting_reminders))
        is_open = await connection.execute(select(open_questions))
        return {tuple(row) for row in waiting}, {tuple(row) for row in is_open}


async def told_by_rows(database: SqlDatabase) -> tuple[set[object], set[object]]:
    """The same, as the invitations themselves tell it."""
    async with database.reading_engine.connect() as connection:
        rows = (await connection.execute(select(invitations))).all()
    return (
        {(row.remind_at, row.invitation_id) for row in rows if row.remind_at},
        {
            (row.phone_index, row.texted_at, row.invitation_id)
            for row in rows
            if row.texted_at and not row.rated_at and row.phone_index
        },
    )


async def by_hand(database: SqlDatabase, chance: random.Random, name: str, now: datetime) -> None:
    """As an older program, a rotation of keys, a purge or an operator changes rows."""
    one = invitations.c.invitation_id == name
    change = chance.choice(
        (
            invitations.update().where(one).values(phone_index=f"{chance.randrange(9)}" * 64),
            invitations.update().where(one).values(phone_index=None, phone_sealed=None),
            invitations.update().where(one).values(texted_at=now, remind_at=None),
            invitations.update().where(one).values(rated_at=chance.choice((None, now))),
            invitations.update().values(line="106575"),
        )
    )
    async with database.engine.begin() as connection:
        await connection.execute(change)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_written_the_tables_apart_follow(
    database: SqlDatabase, clock: MovableClock, seed: int
) -> None:
    """Added, put off, reminded, asked once more, rated, opted out, erased, rotated: they tell the same."""
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    most = [0, 0]
    made: dict[str, Invitation] = {}
    for number in range(80):
        now = clock.now() + timedelta(minutes=number)
        name = f"{chance.randrange(12):02}"
        if name not in made:
            made[name] = replace(
                invitation(name, now, chance.choice((*PHONES, None))),
                remind_at=chance.choice((None, now)),
                texted_at=chance.choice((None, now)),
                rated_at=chance.choice((None, None, now)),
            )
            await add(database, made[name])
        elif chance.random() < 0.1:
            async with database.engine.begin() as connection:
                await connection.execute(delete(invitations).where(invitations.c.invitation_id == name))
            del made[name]
        elif chance.random() < 0.5:
            await by_hand(database, chance, name, now)
        elif chance.random() < 0.5:
            async with database.transaction() as work:
                await work.invitations.mark_rated([InvitationId(name)], now)
        else:
            made[name] = replace(
                made[name],
                remind_at=chance.choice((None, now)),
                texted_at=chance.choice((None, now)),
                rated_at=chance.choice((None, now)),
            )
            await change(database, made[name])
        apart = await kept_apart(database)
        assert apart == await told_by_rows(database), f"after step {number}"
        most = [max(pair) for pair in zip(most, map(len, apart), strict=True)]
    assert min(most) > 2, "a run that never has anything apart would prove little"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_reminder_that_is_being_judged_is_not_judged_beside(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Whoever holds an invitation, as a rating does, is not waited for, and it stays due."""
    now = clock.now()
    await add(database, invitation("a", now), invitation("b", now))
    async with database.transaction() as work:
        await work.invitations.hold([InvitationId("a")])
        assert await due(database, now + DAY) == ["b"]
    assert await due(database, now + DAY) == ["a", "b"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_was_rated_while_it_was_looked_up_is_not_judged(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """A rating that commits between a worker's look at what is due and its lock on it has cancelled it."""
    now = clock.now()
    await add(database, invitation("a", now), invitation("b", now))
    looking = _DUE.where(text("(SELECT pg_advisory_xact_lock(7)) IS NOT NULL"))
    async with database.engine.begin() as gate, database.reading_engine.begin() as worker:
        await gate.execute(text("SELECT pg_advisory_xact_lock(7)"))
        found = asyncio.create_task(worker.execute(looking, {"now": now + DAY, "limit": 9}))
        await somebody_waits_or(database, found)
        async with database.transaction() as work:
            await work.invitations.mark_rated([InvitationId("a")], now)
        await gate.commit()
        assert [row.invitation_id for row in await found] == ["b"]
