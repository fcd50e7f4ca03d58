"""The contract of the port `EvaluationShelf`, for every database engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.adapters.database.evaluation_shelf import SqlEvaluationShelf
from gateway.adapters.database.tables import stored_evaluations
from gateway.application.ports.evaluation_shelf import EvaluationShelf
from gateway.domain.documents import Document
from gateway.domain.errors import Unavailable
from gateway.domain.ids import EvaluationId

A, B = EvaluationId("aaaa"), EvaluationId("bbbb")


class SteppingClock:
    """A clock that goes on by `step` at each look."""

    def __init__(self) -> None:
        self.step = timedelta(seconds=1)
        self._moment = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """A moment later than the last one, unless the step is zero."""
        self._moment += self.step
        return self._moment


@pytest.fixture
def clock() -> SteppingClock:
    """The shelf's clock."""
    return SteppingClock()


@pytest.fixture(params=["sqlite", "postgresql"])
async def shelf(
    request: pytest.FixtureRequest, tmp_path: Path, clock: SteppingClock
) -> AsyncIterator[EvaluationShelf]:
    """An empty shelf on each engine."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'shelf.db'}"
    if request.param == "postgresql":
        url = _postgres_url(request)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(stored_evaluations.drop, checkfirst=True)
        await connection.run_sync(stored_evaluations.create)
    yield SqlEvaluationShelf(engine, clock)
    await engine.dispose()


def _postgres_url(request: pytest.FixtureRequest) -> str:
    try:
        url = request.getfixturevalue("postgres_url")
    except pytest.FixtureLookupError:
        pytest.skip("no PostgreSQL server for the tests (fixture postgres_url)")
    return str(url).replace("postgresql://", "postgresql+asyncpg://", 1)


def record(evaluation_id: EvaluationId, revision: int, **more: object) -> Document:
    """A record as small as can be."""
    return {
        "evaluation_id": evaluation_id,
        "revision": revision,
        "comment": "等太久",
        "applied_from": None,
        **more,
    }


async def test_a_revision_is_kept_as_it_came(shelf: EvaluationShelf, clock: SteppingClock) -> None:
    """What was put comes back with everything in it and the moment of storing, in UTC."""
    document = record(A, 1, subject={"kind": "item"}, adopted=True, points=3, 满意度="不满意")

    assert await shelf.put(A, 1, document) is True
    (stored,) = await shelf.get(A)
    assert stored.document == document
    assert stored.place.stored_at == datetime(2026, 11, 23, 2, 0, 1, tzinfo=UTC)
    assert stored.place.stored_at.tzinfo is UTC
    assert clock.now() > stored.place.stored_at


async def test_a_revision_that_is_there_is_never_changed(shelf: EvaluationShelf) -> None:
    """A repeat, be it the same or another record, is refused and leaves the first one."""
    await shelf.put(A, 1, record(A, 1))

    assert await shelf.put(A, 1, record(A, 1)) is False
    assert await shelf.put(A, 1, record(A, 1, comment="other")) is False
    assert [stored.document for stored in await shelf.get(A)] == [record(A, 1)]


async def test_revisions_come_back_in_order_whatever_order_they_came_in(shelf: EvaluationShelf) -> None:
    """The first revision is first, and other evaluations are left out."""
    for evaluation_id, revision in [(A, 2), (B, 1), (A, 10), (A, 1)]:
        assert await shelf.put(evaluation_id, revision, record(evaluation_id, revision))

    assert [stored.place.revision for stored in await shelf.get(A)] == [1, 2, 10]


async def test_an_unknown_evaluation_has_no_revisions(shelf: EvaluationShelf) -> None:
    """Asking for what was never put is no error."""
    assert await shelf.get(A) == []
    assert await shelf.newest(10) == []


async def test_of_many_at_once_one_stores_it(shelf: EvaluationShelf) -> None:
    """When the same revision arrives on several connections at once, exactly one is told that it is new."""
    answers = await asyncio.gather(*(shelf.put(A, 1, record(A, 1, attempt=n)) for n in range(5)))

    assert sorted(answers) == [False, False, False, False, True]
    assert len(await shelf.get(A)) == 1


@pytest.mark.parametrize("step", [timedelta(seconds=1), timedelta(0)])
async def test_pages_show_everything_once_the_latest_first(
    shelf: EvaluationShelf, clock: SteppingClock, step: timedelta
) -> None:
    """Page after page gives each revision once, even when all were stored in one moment."""
    clock.step = step
    put = {(EvaluationId(f"e{n % 4}"), n // 4 + 1) for n in range(11)}
    for evaluation_id, revision in sorted(put):
        await shelf.put(evaluation_id, revision, record(evaluation_id, revision))

    seen = await shelf.newest(4)
    while page := await shelf.newest(4, seen[-1].place):
        assert len(page) <= 4
        seen += page
    assert len(seen) == len(put)
    assert {(stored.place.evaluation_id, stored.place.revision) for stored in seen} == put
    assert [stored.place for stored in seen] == sorted((stored.place for stored in seen), reverse=True)


async def test_a_page_goes_on_although_more_was_stored_meanwhile(
    shelf: EvaluationShelf, clock: SteppingClock
) -> None:
    """What arrives between two pages shifts nothing."""
    for revision in range(1, 5):
        await shelf.put(A, revision, record(A, revision))
    first = await shelf.newest(2)
    await shelf.put(B, 1, record(B, 1))

    second = await shelf.newest(2, first[-1].place)
    assert [stored.place.revision for stored in first + second] == [4, 3, 2, 1]
    assert clock.step == timedelta(seconds=1)


async def test_a_database_that_is_gone_is_unavailable(tmp_path: Path, clock: SteppingClock) -> None:
    """Without its table or its server each method says Unavailable, so that the client tries again."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
    shelf = SqlEvaluationShelf(engine, clock)

    with pytest.raises(Unavailable):
        await shelf.put(A, 1, record(A, 1))
    with pytest.raises(Unavailable):
        await shelf.get(A)
    with pytest.raises(Unavailable):
        await shelf.newest(1)
    await engine.dispose()
