"""The directory of agencies: seen by the bureau, changed by its administrators, every change on record."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update

from gateway.adapters.agency_documents import FileAgencyDocuments
from gateway.adapters.agency_file import load_agencies
from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.officer_tables import ledger
from gateway.application.bureau.audit_ledger import LedgerHead, audit_ledger
from gateway.application.bureau.keep_agencies import EVENTS, KeepAgencies, Overtaken
from gateway.application.bureau.manage_people import Doer
from gateway.application.bureau.note_agencies import note_agencies, told
from gateway.domain.agencies import Agency, AgencyDirectory, Contact, ContactRole
from gateway.domain.bureau.agency_entries import AgencyEntry, Standing
from gateway.domain.bureau.ledger import LedgerEvent

CONTACT = Contact("科室", "office@a.example")
A, B = "11441500MB2C90123X", "11441500MB2D012345"
ONE = AgencyDirectory({A: Agency(A, "甲局", "441500", (CONTACT,))}, Agency("", "数据局", "", (CONTACT,)))
CHANGED = Agency(A, "甲局", "441500", (replace(CONTACT, email="new@a.example"),))
ZHANG, LI = Doer("zhang", "10.0.0.1"), Doer("li")


@pytest.fixture
def nodes(database: SqlDatabase, clock: MovableClock) -> tuple[KeepAgencies, KeepAgencies]:
    """Two processes with the same file, on one database."""
    return KeepAgencies(ONE, database, clock), KeepAgencies(ONE, database, clock)


async def test_what_changes_in_the_file_is_written_down_once(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Added, removed and changed, with which; nothing where nothing changed, and once by many at once."""
    two = AgencyDirectory(
        {A: CHANGED, B: Agency(B, "乙局", "441500", (CONTACT,))}, Agency("", "数据局", "", (CONTACT,))
    )
    at_once = await asyncio.gather(*(note_agencies(database, clock, ONE) for _ in range(3)))
    noted = [await note_agencies(database, clock, each) for each in (ONE, two, two, ONE)]
    async with database.reading() as work:
        entries = [told(entry) for _, entry in await work.ledger.newest(10)]

    assert (sorted(at_once), noted) == ([False, False, True], [False, True, False, True])
    assert entries == [
        {"removed": [B], "changed": [A]},
        {"added": [B], "changed": [A]},
        {"added": [A, "bureau"]},
    ]


async def test_what_the_page_says_holds_on_every_node(
    nodes: tuple[KeepAgencies, KeepAgencies], database: SqlDatabase
) -> None:
    """Here at once, elsewhere with the next hearing; whoever has the list sees it."""
    here, there = nodes
    elsewhere = there.directory
    entry = await here.change(ZHANG, CHANGED, 0)
    assert isinstance(entry, AgencyEntry)
    added = await here.change(LI, Agency(B, "乙局", "441501", (CONTACT,)), 0)

    assert here.directory.find(A) == CHANGED
    assert elsewhere.find(A) == ONE.find(A)
    await there.refresh()
    await there.refresh()
    assert (elsewhere.find(A), sorted(elsewhere.agencies), len(elsewhere.agencies)) == (CHANGED, [A, B], 2)
    assert elsewhere.tiers(A)[0] == CHANGED.contacts
    assert isinstance(added, AgencyEntry)
    async with database.reading() as work:
        told_of_a = await work.ledger.about(A, EVENTS, 9)
        assert [e.event for e in await work.ledger.about(B, EVENTS, 9)] == [LedgerEvent.AGENCY_ADDED]
    (change,) = told_of_a
    assert (change.event, change.actor, change.address) == (LedgerEvent.AGENCY_CHANGED, "zhang", "10.0.0.1")
    assert change.detail["before"] == {
        "name": "甲局",
        "region_code": "441500",
        "contacts": [["科室", "office@a.example", "contact"]],
    }


async def test_an_agency_is_retired_and_goes_by_the_file_again(
    nodes: tuple[KeepAgencies, KeepAgencies],
) -> None:
    """Retired, it is none, so that its follow-ups are the bureau's; one that no file has is none again."""
    here, there = nodes
    await here.retire(ZHANG, A, 0)
    await there.refresh()
    retired = there.directory.find(A)
    back = await there.go_by_file(ZHANG, A, 1)
    again = await there.go_by_file(ZHANG, A, 2)
    await here.change(ZHANG, Agency(B, "乙局", "441501", (CONTACT,)), 0)
    await here.go_by_file(ZHANG, B, 1)
    whole = await here.look(A)

    assert retired is None
    assert there.directory.find(A) == ONE.find(A)
    assert isinstance(back, AgencyEntry)
    assert again == back, "nothing changed, so nothing was written"
    assert here.directory.find(B) is None
    assert whole is not None
    assert [e.event for e in whole.history] == [LedgerEvent.AGENCY_BY_FILE, LedgerEvent.AGENCY_RETIRED]
    assert whole.entry is not None
    assert whole.entry.standing is Standing.FILE
    assert await here.look("nobody") is None


async def test_of_two_administrators_at_once_the_second_is_told(
    nodes: tuple[KeepAgencies, KeepAgencies],
) -> None:
    """Whoever saves from what is not there any more changes nothing, on whichever node."""
    outcomes = await asyncio.gather(
        *(node.change(doer, CHANGED, 0) for node, doer in zip(nodes, (ZHANG, LI), strict=True)),
        nodes[0].retire(LI, A, 0),
    )
    late = await nodes[1].retire(LI, A, 0)
    whole = await nodes[1].look(A)

    assert sorted(isinstance(each, Overtaken) for each in outcomes) == [False, True, True]
    assert isinstance(late, Overtaken)
    assert whole is not None
    assert len(whole.history) == 1


async def test_what_holds_is_written_as_a_file(
    nodes: tuple[KeepAgencies, KeepAgencies], tmp_path: Path
) -> None:
    """Which the gateway reads as the same, odd names and all."""
    here, _ = nodes
    odd = Contact('引号"和\\反斜杠\x7f', "b@a.example", ContactRole.HEAD)
    await here.change(ZHANG, replace(CHANGED, contacts=(CONTACT, odd)), 0)
    file = tmp_path / "agencies.toml"
    file.write_text(FileAgencyDocuments().write(here.directory), encoding="utf-8")
    read = load_agencies(file)

    assert (dict(read.agencies), read.bureau) == (dict(here.directory.agencies), ONE.bureau)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (1, ["entry 1 was changed"]),
        (2, ["entry 2 was changed"]),
    ],
)
async def test_a_changed_entry_of_the_ledger_is_found(
    nodes: tuple[KeepAgencies, KeepAgencies], database: SqlDatabase, place: int, said: list[str]
) -> None:
    """By whoever goes along the chain."""
    await three_changes(nodes[0])
    async with database.engine.begin() as connection:
        await connection.execute(
            update(ledger).where(ledger.c.entry_no == place).values(actor="somebody else")
        )

    assert list((await audit_ledger(database)).faults) == said


async def test_an_entry_that_was_taken_out_or_slipped_in_is_found(
    nodes: tuple[KeepAgencies, KeepAgencies], database: SqlDatabase, clock: MovableClock
) -> None:
    """In the middle by the chain, at the end against an earlier run; at the beginning time takes them."""
    await three_changes(nodes[0])
    sound = await audit_ledger(database)
    assert sound.head is not None

    async def left(*numbers: int) -> list[str]:
        async with database.engine.begin() as connection:
            await connection.execute(delete(ledger).where(ledger.c.entry_no.not_in(numbers)))
        return list((await audit_ledger(database, sound.head)).faults)

    assert (sound.entries, sound.faults, sound.head.number) == (3, (), 3)
    assert (await audit_ledger(database, LedgerHead(3, "other"))).faults == (
        "entry 3 is not the one that an earlier run saw",
    )
    assert await left(2, 3) == []
    await nodes[0].change(ZHANG, replace(CHANGED, name="丁局"), 3)
    assert await left(2, 4) == ["something before entry 4 was changed or taken out"]
    assert await left(2) == ["entries up to 3 that an earlier run saw are missing"]
    async with database.engine.begin() as connection:
        outside = {"subject": "", "detail": {}, "address": "", "event": LedgerEvent.SIGNED_IN}
        await connection.execute(insert(ledger), outside | {"at": clock.now(), "actor": "x"})
    assert "stands outside the chain" in (await audit_ledger(database)).faults[0]


async def three_changes(node: KeepAgencies) -> None:
    """Three entries of the ledger."""
    for seen, name in enumerate(("甲局一", "甲局二", "甲局三")):
        await node.change(ZHANG, replace(CHANGED, name=name), seen)
