"""The port `Figures`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import evaluations
from gateway.domain.figures.tallies import Dimension
from tests.integration.follow_up_cases import open_office

AN_HOUR = timedelta(hours=1)


@pytest.mark.requirement("R-14")
@pytest.mark.parametrize("days", [-40, -4, -3, 0, 3, 4, 40])
async def test_a_rating_counts_when_it_was_given_whenever_it_was_told(
    database: SqlDatabase, clock: MovableClock, days: int
) -> None:
    """Other systems tell of ratings weeks later, and some by a clock that is ahead."""
    office = open_office(database, clock)
    await office.rated_badly("s1")
    given = clock.now() + timedelta(days=days)
    async with database.engine.begin() as connection:
        await connection.execute(update(evaluations).values(evaluated_at=given))

    async with database.reading() as work:
        counted = [
            (await work.figures.ratings(since, since + AN_HOUR)).total
            for since in (given - AN_HOUR, given, given + AN_HOUR)
        ]
        (group,) = await work.figures.groups(Dimension.AGENCY, given, given + AN_HOUR)

    assert counted == [0, 1, 0]
    assert group.tally.total == 1
