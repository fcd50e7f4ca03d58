"""The ports `Officers`, `Sessions` and `Ledger`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.lockout import after_try
from gateway.domain.bureau.officers import Officer, Role
from gateway.domain.bureau.sessions import Session
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.ids import OfficerId

ZHANG = Officer(
    officer_id=OfficerId("o1"),
    login="zhang",
    name="张三",
    role=Role.OFFICER,
    password_hash="$argon2id$…",
    code_secret="JBSWY3DPEHPK3PXP",
)


async def test_what_is_kept_of_an_officer_comes_back(database: SqlDatabase, clock: MovableClock) -> None:
    """All of it; the secret of the codes lies sealed."""
    invited = replace(ZHANG, invitation="d" * 64, invited_until=clock.now())
    async with database.transaction() as work:
        await work.officers.add(invited)
    async with database.transaction() as work:
        assert await work.officers.by_invitation("d" * 64) == invited
        await work.officers.save(replace(invited, name="张叁", active=False))
    async with database.reading() as work:
        assert await work.officers.by_login("zhang") == replace(invited, name="张叁", active=False)
        assert await work.officers.by_login("li") is None
        assert await work.officers.all() == [await work.officers.get(OfficerId("o1"))]
    assert "JBSWY3DPEHPK3PXP" not in repr(invited)


async def test_a_login_name_is_given_once(database: SqlDatabase) -> None:
    """Whoever comes second is told."""
    async with database.transaction() as work:
        await work.officers.add(ZHANG)
    with pytest.raises(AlreadyRecorded):
        async with database.transaction() as work:
            await work.officers.add(replace(ZHANG, officer_id=OfficerId("o2")))


async def test_no_code_is_used_twice(database: SqlDatabase) -> None:
    """Nor one from before it."""
    async with database.transaction() as work:
        await work.officers.add(ZHANG)
        used = [await work.officers.use_code(OfficerId("o1"), step) for step in (7, 7, 6, 8)]

    assert used == [True, False, False, True]


async def test_sessions_are_found_by_digest_and_ended(database: SqlDatabase, clock: MovableClock) -> None:
    """One, or all of an officer but one."""
    now = clock.now()
    async with database.transaction() as work:
        await work.officers.add(ZHANG)
        for digest in "abc":
            await work.sessions.add(
                Session(digest=digest, officer_id=OfficerId("o1"), started_at=now, seen_at=now)
            )
        await work.sessions.touch("a", now + timedelta(minutes=5))
        await work.sessions.end("b")
        assert await work.sessions.end_all(OfficerId("o1"), but="a") == 1
        (left,) = await work.sessions.of_officer(OfficerId("o1"))
        assert left == await work.sessions.get("a")
        assert left.seen_at == now + timedelta(minutes=5)


async def test_tries_at_the_same_moment_all_count(database: SqlDatabase, clock: MovableClock) -> None:
    """The first of a name too: none looks before the other has written."""
    now = clock.now()

    async def fail() -> None:
        async with database.transaction() as work:
            await work.sessions.note_tries("k", after_try(await work.sessions.tries("k", now), now))

    await asyncio.gather(*(fail() for _ in range(4)))

    async with database.transaction() as work:
        assert (await work.sessions.tries("k", now)).count == 4
        await work.sessions.forget_tries("k")
        assert (await work.sessions.tries("k", now)).count == 0


async def test_the_ledger_is_read_from_its_end(database: SqlDatabase, clock: MovableClock) -> None:
    """Page by page."""
    entries = [
        LedgerEntry(
            at=clock.now(),
            event=LedgerEvent.OFFICER_CHANGED,
            actor="zhang",
            subject=str(n),
            detail={"n": [n, 1]},
        )
        for n in range(3)
    ]
    async with database.transaction() as work:
        for entry in entries:
            await work.ledger.add(entry)
        newest = await work.ledger.newest(2)
        older = await work.ledger.newest(2, newest[-1][0])

    assert [entry for _, entry in (*newest, *older)] == entries[::-1]
