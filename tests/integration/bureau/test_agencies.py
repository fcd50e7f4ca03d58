"""The directory of agencies: seen by the bureau, and every change of its file on record."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.bureau.note_agencies import note_agencies, told
from gateway.domain.agencies import Agency, AgencyDirectory, Contact
from gateway.domain.bureau.officers import Role
from tests.integration.bureau.officer_desk import officer
from tests.integration.conftest import Rig

CONTACT = Contact("科室", "office@a.example")
ONE = AgencyDirectory({"A": Agency("A", "甲局", "441500", (CONTACT,))})


async def test_what_changes_in_the_file_is_written_down_once(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Added, removed and changed, with which; nothing where nothing changed."""
    other = Agency("A", "甲局", "441500", (replace(CONTACT, email="new@a.example"),))
    two = AgencyDirectory({"A": other, "B": Agency("B", "乙局", "441500", (CONTACT,))})
    noted = [await note_agencies(database, clock, each) for each in (ONE, ONE, two, two, ONE)]
    async with database.reading() as work:
        entries = [told(entry) for _, entry in await work.ledger.newest(10)]

    assert noted == [True, False, True, False, True]
    assert entries == [
        {"removed": ["B"], "changed": ["A"]},
        {"added": ["B"], "changed": ["A"]},
        {"added": ["A"]},
    ]


@pytest.mark.requirement("R-13")
async def test_the_bureau_sees_whom_the_gateway_writes_to(rig: Rig) -> None:
    """Agencies with their contacts, and the departments; that the file was read is in the ledger."""
    async with officer(rig, "admin", Role.ADMINISTRATOR) as at:
        page = await at.open("/bureau/agencies")
        ledger = await at.open("/bureau/ledger")

    assert "service@gongan.example" in page.text
    assert "市纪委监委派驻机构" in page.text
    assert "单位名录变更" in ledger.text
    assert "snapshot" not in ledger.text
