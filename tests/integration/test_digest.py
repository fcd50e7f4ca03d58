"""The morning's list of what is unfinished, on either database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, update

from gateway.adapters.clock import MovableClock
from gateway.adapters.contact_links import SignedContactLinks
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import follow_up_steps
from gateway.adapters.mailer.texts import JinjaEmailTexts
from gateway.application import collect_digest
from gateway.application.collect_digest import CollectDigest
from gateway.application.essentials import Essentials
from gateway.application.watch_deadlines import WatchDeadlines
from gateway.bootstrap.contact_pages import page_addresses
from gateway.domain.agencies import Agency, AgencyDirectory, Contact
from gateway.domain.handling.acts import Acknowledge, Judge, Verdict
from gateway.domain.handling.alarms import opening_of
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.follow_up_cases import MISTAKEN, open_office

CODE = "11441500MB2C90123X"
READER = Contact("一科", "first@gongan.example")
BUREAU = Contact("值班", "rating@bureau.example")
DIRECTORY = AgencyDirectory(
    {CODE: Agency(CODE, "市公安局", "441500", (READER,))}, bureau=Agency("", "市数据局", "", (BUREAU,))
)
LINKS = SignedContactLinks([b"l" * 32])


@pytest.fixture
def essentials(database: SqlDatabase, clock: MovableClock) -> Essentials:
    """Both engines, and a clock that is moved."""
    return Essentials(database, clock, Rules(), Metrics())


@pytest.fixture
def digest(essentials: Essentials) -> CollectDigest:
    """What looks lists up."""
    page_of = page_addresses(LINKS, "https://rating.example")
    return CollectDigest(essentials, JinjaEmailTexts(essentials.rules.timezone), DIRECTORY, LINKS, page_of)


async def words(digest: CollectDigest, reader: Contact, agency: str = CODE, day: str = "2026-12-31") -> str:
    """What a reader is sent on a day; empty when there is nothing."""
    wanted = {"digest": day, "agency": agency, "reader": LINKS.name_of(reader)}
    found = await digest(wanted)
    return "" if found is None else found[1].text


@pytest.mark.requirement("R-10")
async def test_each_reader_is_told_of_what_is_theirs_to_do(
    digest: CollectDigest, database: SqlDatabase, clock: MovableClock
) -> None:
    """The agency of what it owes, the bureau of what is late or waits for it."""
    office = open_office(database, clock)
    untouched = await office.rated_badly("s1")
    under_way = await office.rated_badly("s2")
    await office.do(under_way, office.called_back(), Judge(Verdict.TRUE, "属实"))
    mistaken = await office.rated_badly("s3")
    await office.do(mistaken, office.called_back(), MISTAKEN)
    clock.advance(timedelta(days=5))

    agency, bureau = await words(digest, READER), await words(digest, BUREAU, "")

    def told(text: str) -> list[bool]:
        return [each.follow_up_id in text for each in (untouched, under_way, mistaken)]

    assert told(agency) == [True, True, True]
    assert told(bureau) == [True, False, False]


async def test_what_comes_in_the_day_is_not_on_the_list_of_its_morning(
    digest: CollectDigest, database: SqlDatabase, clock: MovableClock
) -> None:
    """A worker that starts at ten writes the list that is owed since nine: the new one has its own email."""
    office = open_office(database, clock)
    tomorrow = clock.now().astimezone(Rules().timezone).date() + timedelta(days=1)
    clock.advance(opening_of(tomorrow, Rules().timezone) - timedelta(minutes=1) - clock.now())
    night = await office.rated_badly("s1")
    clock.advance(timedelta(hours=1))
    morning = await office.rated_badly("s2")

    listed = await words(digest, READER, day=tomorrow.isoformat())
    next_day = await words(digest, READER, day=(tomorrow + timedelta(days=1)).isoformat())

    assert [each.follow_up_id in listed for each in (night, morning)] == [True, False]
    assert [each.follow_up_id in next_day for each in (night, morning)] == [True, True]


async def test_a_long_list_is_looked_up_in_as_few_statements_as_a_short_one__regression(
    digest: CollectDigest, database: SqlDatabase, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody acts there are hundreds, every morning and for each reader."""
    monkeypatch.setattr(collect_digest, "_LISTED", 2)
    office = open_office(database, clock)
    for name in "abc":
        await office.do(await office.rated_badly(name), Acknowledge())
    short = await statements_of(lambda: words(digest, READER))
    for name in "def":
        await office.do(await office.rated_badly(name), Acknowledge())

    assert await statements_of(lambda: words(digest, READER)) == short
    assert "4" in await words(digest, READER)


async def statements_of(do: Callable[[], Awaitable[object]]) -> int:
    """How many statements it takes."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await do()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(sent)


async def test_a_damaged_history_hides_no_other(
    digest: CollectDigest, database: SqlDatabase, essentials: Essentials, clock: MovableClock
) -> None:
    """It is on no list; its alarm is looked at again a day later, the others' are sent."""
    office = open_office(database, clock)
    damaged, whole = await office.rated_badly("s1"), await office.rated_badly("s2")
    for each in (damaged, whole):
        await office.do(each, office.called_back(), Judge(Verdict.TRUE, "属实"))
    async with database.engine.begin() as connection:
        await connection.execute(
            update(follow_up_steps)
            .where(follow_up_steps.c.follow_up_id == damaged.follow_up_id)
            .values(facts={})
        )
    clock.advance(timedelta(days=30))
    await WatchDeadlines(essentials, DIRECTORY)()

    text = await words(digest, READER)
    async with database.reading() as work:
        readable = await work.follow_ups.steps_of([damaged.follow_up_id, whole.follow_up_id])
        next_at = await work.follow_ups.next_alarm_at()

    assert [*readable] == [whole.follow_up_id]
    assert whole.follow_up_id in text
    assert damaged.follow_up_id not in text
    assert next_at is not None
    assert timedelta(hours=23) < next_at - clock.now() <= timedelta(days=1)
