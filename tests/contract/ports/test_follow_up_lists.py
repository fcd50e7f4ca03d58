"""The port `FollowUpLists`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database import follow_up_lists
from gateway.adapters.database.engine import SqlDatabase
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import SYSTEM, Acknowledge, Close, InformBureau, Judge, Verdict
from gateway.domain.handling.listing import FollowUpFilter, Place
from gateway.domain.levels import Level
from tests.integration.follow_up_cases import BUREAU, MISTAKEN, Office, open_office

EVERYTHING = FollowUpFilter()


async def listed(office: Office, wanted: FollowUpFilter = EVERYTHING, size: int = 100) -> list[str]:
    """The numbers of all pages of this size."""
    found: list[str] = []
    after: Place | None = None
    while True:
        async with office.database.reading() as work:
            page = await work.follow_up_lists.page(wanted, after, size)
        found += [row.follow_up.follow_up_id for row in page.rows]
        if len(page.rows) < size and page.looked_to is None:
            return found
        after = page.looked_to or page.rows[-1].place


@pytest.mark.requirement("R-13")
async def test_what_is_owed_comes_first_and_pages_lose_nothing(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """The longest overdue before all; then what nobody owes anything for, the newest first."""
    office = open_office(database, clock)
    untouched = await office.rated_badly("s1")
    clock.advance(timedelta(days=1))
    mistaken = await office.rated_badly("s2")
    await office.do(mistaken, office.called_back(), MISTAKEN)
    acknowledged = await office.rated_badly("s3")
    await office.do(acknowledged, Acknowledge())
    rectifying = await office.rated_badly("s4")
    await office.do(rectifying, office.called_back(), Judge(Verdict.TRUE, "属实"))
    clock.advance(timedelta(days=1))
    newer = await office.rated_badly("s5")
    await office.do(newer, office.called_back(), MISTAKEN)

    in_order = [f.follow_up_id for f in (untouched, acknowledged, rectifying, newer, mistaken)]
    assert await listed(office) == in_order
    assert await listed(office, size=1) == in_order
    assert await listed(office, size=2) == in_order


async def test_a_list_holds_what_was_asked_for(database: SqlDatabase, clock: MovableClock) -> None:
    """By agency, subject, state, level, time of opening, and whether something is overdue."""
    office = open_office(database, clock)
    one = await office.rated_badly("s1")
    clock.advance(timedelta(days=20))
    other = await office.rated_badly("s2")
    now = clock.now()
    both = [one.follow_up_id, other.follow_up_id]

    asked = {
        replace(EVERYTHING, agency_code=one.agency_code): both,
        replace(EVERYTHING, agency_code="x"): [],
        replace(EVERYTHING, subject_code="4415000001"): both,
        replace(EVERYTHING, state=FollowUpState.OPENED): both,
        replace(EVERYTHING, state=FollowUpState.CLOSED): [],
        replace(EVERYTHING, level=Level.DISSATISFIED): both,
        replace(EVERYTHING, level=Level.VERY_DISSATISFIED): [],
        replace(EVERYTHING, since=other.opened_at): [other.follow_up_id],
        replace(EVERYTHING, until=other.opened_at): [one.follow_up_id],
        replace(EVERYTHING, overdue_at=now): [one.follow_up_id],
    }
    assert {wanted: await listed(office, wanted) for wanted in asked} == asked


async def test_looking_for_a_rare_item_stops_and_goes_on_where_it_stopped(
    database: SqlDatabase, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is passed over or told twice, owed or not, however little is looked at for a page."""
    office = open_office(database, clock)
    opened = [await office.rated_badly(f"s{number}") for number in range(7)]
    for follow_up in opened[::2]:
        await office.do(follow_up, office.called_back(), MISTAKEN)
    wanted = replace(EVERYTHING, subject_code="4415000001")
    nobodys = replace(EVERYTHING, subject_code="4415000002")
    in_order = await listed(office)
    assert sorted(in_order) == sorted(each.follow_up_id for each in opened)

    for chunks in ((1, 1), (1, 2), (2, 1), (3, 4), (7, 1), (9, 9)):
        monkeypatch.setattr(follow_up_lists, "_CHUNKS", chunks)
        for size in (1, 2, 100):
            assert await listed(office, wanted, size) == in_order
            assert await listed(office, nobodys, size) == []
        async with database.reading() as work:
            page = await work.follow_up_lists.page(nobodys, None, 5)
        assert (page.rows, page.looked_to is None) == ((), sum(chunks) > len(opened[1::2]))


async def test_open_ones_are_counted_by_state(database: SqlDatabase, clock: MovableClock) -> None:
    """Closed ones are not."""
    office = open_office(database, clock)
    closed = await office.rated_badly("s1")
    await office.rated_badly("s2")
    await office.do(closed, office.called_back(), MISTAKEN)
    await office.do(closed, InformBureau(), actor=SYSTEM)
    await office.do(closed, Close("核查过"), actor=BUREAU)

    async with database.reading() as work:
        assert await work.follow_up_lists.open_counts() == {FollowUpState.OPENED: 1}
