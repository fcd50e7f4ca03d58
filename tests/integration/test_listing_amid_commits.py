"""Evaluations are listed completely while several nodes write, on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.application.list_evaluations import ListEvaluations
from gateway.application.ports.database import UnitOfWork
from gateway.domain.ids import EvaluationId
from gateway.web.api.paging import EARLIEST
from tests.conftest import migrated
from tests.contract.core_store.evaluations import evaluation

PATIENCE = 60


@pytest.fixture
async def shared(
    postgres_database_url: str, personal_data: PersonalDataCipher, wakeups: InProcessWakeups
) -> AsyncIterator[SqlDatabase]:
    """A database that several nodes use."""
    async with migrated(open_database(postgres_database_url, personal_data, wakeups)) as opened:
        yield opened


async def add(work: UnitOfWork, clock: MovableClock, name: str) -> None:
    """Record an evaluation, not yet committed."""
    new = evaluation(evaluation_id=EvaluationId(name), slot=f"item:{name}")
    await work.evaluations.add([new], clock.now())


async def listed(database: SqlDatabase, after: int = 0) -> list[tuple[int, str]]:
    """Places and ids behind that place."""
    async with database.reading() as work:
        page = await work.evaluations.page(EARLIEST, after, 100)
    return [(place, str(found.evaluation_id)) for place, found in page]


async def test_what_is_committed_late_is_skipped_by_no_reader__regression(
    shared: SqlDatabase, clock: MovableClock
) -> None:
    """Written first and committed last: it comes behind what the reader has seen already."""
    async with asyncio.timeout(PATIENCE):
        async with shared.transaction() as slow:
            await add(slow, clock, "early")
            async with shared.transaction() as quick:
                await add(quick, clock, "late")
            ((place, name),) = await listed(shared)
            assert name == "late"
        assert [name for _, name in await listed(shared, place)] == ["early"]
        assert [name for _, name in await listed(shared)] == ["late", "early"]


async def test_readers_at_once_agree(shared: SqlDatabase, clock: MovableClock) -> None:
    """Whoever lists gives the positions, and everybody sees the same ones."""
    for name in "abcdef":
        async with shared.transaction() as work:
            await add(work, clock, name)

    found = await asyncio.gather(*(listed(shared) for _ in range(5)))

    assert [name for _, name in found[0]] == list("abcdef")
    assert all(each == found[0] for each in found)


async def test_a_row_under_revision_holds_up_no_reader(shared: SqlDatabase, clock: MovableClock) -> None:
    """A reader waits for no writer; what is being written comes the next time."""
    for name in "ab":
        async with shared.transaction() as work:
            await add(work, clock, name)
    async with asyncio.timeout(PATIENCE):
        async with shared.transaction() as work:
            await work.evaluations.revise([evaluation(evaluation_id=EvaluationId("a"), slot="item:a")])
            ((place, name),) = await listed(shared)
            assert name == "b"
        assert [name for _, name in await listed(shared, place)] == ["a"]


async def test_cursors_of_before_stay_good(shared: SqlDatabase, clock: MovableClock) -> None:
    """A place is never below the row's number, which was the place once, whatever numbers were given up."""
    async with shared.engine.begin() as connection:
        await connection.execute(text("SELECT setval('evaluations_recorded_no_seq', 1000)"))
    async with shared.transaction() as work:
        await add(work, clock, "a")

    page = await ListEvaluations(shared)(EARLIEST, 1000, 10)
    assert [e.evaluation_id for e in page.evaluations] == ["a"]
