"""The port `Oversight`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.ports.database import RepeatKind
from gateway.domain.bureau.sampling import Sample
from gateway.domain.figures.month import Month
from gateway.domain.ids import FollowUpId
from tests.integration.follow_up_cases import MISTAKEN, open_office


@pytest.mark.requirement("R-13")
async def test_only_what_is_done_is_drawn_from(database: SqlDatabase, clock: MovableClock) -> None:
    """With a verdict, opened within the span, of the agency if one is named."""
    office = open_office(database, clock)
    since = clock.now() - timedelta(minutes=1)
    await office.rated_badly("s1")
    done = await office.rated_badly("s2")
    await office.do(done, office.called_back(), MISTAKEN)
    until = clock.now() + timedelta(hours=1)

    async with database.reading() as work:
        assert await work.oversight.judged(since, until, "") == [done.follow_up_id]
        assert await work.oversight.judged(since, until, done.agency_code) == [done.follow_up_id]
        assert await work.oversight.judged(since, until, "x") == []
        assert await work.oversight.judged(until, until + timedelta(days=1), "") == []


async def test_a_sample_is_kept_as_it_was_drawn(database: SqlDatabase, clock: MovableClock) -> None:
    """The newest first."""
    sample = Sample(
        sample_id="CC-1",
        drawn_at=clock.now(),
        drawn_by="li",
        seed="5eed",
        month=Month(2026, 11),
        agency_code="",
        population=3,
        population_digest="d" * 64,
        follow_up_ids=(FollowUpId("b"), FollowUpId("a")),
    )
    later = replace(sample, sample_id="CC-2", drawn_at=clock.now() + timedelta(days=1))
    async with database.transaction() as work:
        await work.oversight.add_sample(sample)
        await work.oversight.add_sample(later)
        assert await work.oversight.sample("CC-1") == sample
        assert await work.oversight.sample("CC-3") is None
        assert await work.oversight.samples(5) == [later, sample]


@pytest.mark.requirement("R-15")
async def test_what_repeats_is_counted_and_what_was_not_adopted_is_not(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """By agency and item, with what is overdue; nothing for whoever was rated badly once."""
    office = open_office(database, clock)
    since = clock.now() - timedelta(minutes=1)
    for name in ("s1", "s2"):
        await office.rated_badly(name)
    mistaken = await office.rated_badly("s3")
    await office.do(mistaken, office.called_back(), MISTAKEN)
    now = clock.now() + timedelta(days=9)

    async with database.reading() as work:
        (agency,) = await work.oversight.repeats(RepeatKind.AGENCY, since, 2, now)
        (item,) = await work.oversight.repeats(RepeatKind.ITEM, since, 2, clock.now())
        assert await work.oversight.repeats(RepeatKind.STAFF, since, 2, now) == []
        assert await work.oversight.repeats(RepeatKind.ITEM, since, 3, now) == []

    assert (agency.code, agency.bad, agency.overdue) == (mistaken.agency_code, 2, 2)
    assert (item.code, item.name, item.bad, item.overdue) == ("4415000001", "居民身份证换领", 2, 0)
