"""The port `Signals`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import calls, evaluations, services
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.services import ServiceKind
from gateway.domain.subjects import SubjectKind
from tests.integration.follow_up_cases import open_office

CITIZEN = PhoneNumber("+8613800138000")
OTHER = PhoneNumber("+8613900139000")


@pytest.mark.requirement("R-16")
async def test_offers_and_ratings_are_counted_by_staff(database: SqlDatabase, clock: MovableClock) -> None:
    """Hotline calls with and without a rating call; ratings from one number, and from listed ones."""
    office = open_office(database, clock)
    for name in ("s1", "s2"):
        await office.rated_badly(name)
    since, until = clock.now() - timedelta(days=1), clock.now() + timedelta(hours=1)
    call = {
        "call_id": "test:1",
        "service_id": "s1-0",
        "visit_no": 1,
        "flow": "f",
        "language": Language.CHINESE,
        "variables": {},
        "asked": [],
        "started_at": clock.now(),
        "ran_out_of_tries": False,
    }
    async with database.engine.begin() as connection:
        await connection.execute(
            update(services).values(kind=ServiceKind.HOTLINE, staff_code="7", staff_name="陈某")
        )
        rated = {"subject_kind": SubjectKind.STAFF, "subject_code": "7", "subject_name": "陈某"}
        await connection.execute(update(evaluations).values(level=Level.SATISFIED, **rated))
        await connection.execute(insert(calls), call)

    async with database.reading() as work:
        (offers,) = await work.signals.offers(since, until)
        (one,) = await work.signals.from_one_number(since, until, 2)
        assert await work.signals.from_one_number(since, until, 3) == []
        (listed,) = await work.signals.from_numbers(since, until, [CITIZEN, OTHER])
        assert await work.signals.from_numbers(since, until, [OTHER]) == []
        moments = [at async for _, at in work.signals.good_ratings(since, until)]
        assert await work.signals.offers(until, until + timedelta(days=1)) == []

    assert (offers.calls, offers.offered, offers.staff.name) == (2, 1, "陈某")
    assert one.ratings == listed.ratings == len(moments) == 2
    assert moments == sorted(moments)
