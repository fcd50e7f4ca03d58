"""What changes in the directory of agencies is on record, though it is kept in a file."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.application.ports.clock import Clock
from gateway.application.ports.database import Database
from gateway.domain.agencies import AgencyDirectory, Contact
from gateway.domain.bureau.ledger import OPERATOR, LedgerEntry, LedgerEvent

_BUREAU = "bureau"
_SNAPSHOT = "snapshot"


async def note_agencies(database: Database, clock: Clock, directory: AgencyDirectory) -> bool:
    """Write down what is different from what was noted last; whether anything is.

    Raises:
        Unavailable: the database does not answer.

    """
    present = _snapshot(directory)
    async with database.transaction() as work:
        # Of several processes that start at once the first writes it down.
        await work.ledger.lock()
        last = await work.ledger.last(LedgerEvent.AGENCIES_CHANGED)
        before = _noted(last)
        if present == before:
            return False
        detail: dict[str, object] = {
            "added": sorted(present.keys() - before.keys()),
            "removed": sorted(before.keys() - present.keys()),
            "changed": sorted(k for k in present.keys() & before.keys() if present[k] != before[k]),
            _SNAPSHOT: present,
        }
        await work.ledger.add(
            LedgerEntry(at=clock.now(), event=LedgerEvent.AGENCIES_CHANGED, actor=OPERATOR, detail=detail)
        )
    return True


def told(entry: LedgerEntry) -> Mapping[str, object]:
    """What an entry tells people: of agencies which ones, not all there were."""
    return {key: value for key, value in entry.detail.items() if key != _SNAPSHOT and value != []}


def _noted(last: LedgerEntry | None) -> Mapping[str, object]:
    noted = last.detail.get(_SNAPSHOT) if last else None
    return noted if isinstance(noted, dict) else {}


def _snapshot(directory: AgencyDirectory) -> dict[str, object]:
    rows: dict[str, object] = {
        code: [agency.name, agency.region_code, _contacts(agency.contacts)]
        for code, agency in directory.agencies.items()
    }
    if directory.bureau is not None:
        rows[_BUREAU] = [directory.bureau.name, "", _contacts(directory.bureau.contacts)]
    for code, department in directory.departments.items():
        rows[code] = [department.name, "", _contacts(department.contacts)]
    return rows


def _contacts(contacts: tuple[Contact, ...]) -> list[list[str]]:
    return [[contact.name, contact.email, contact.role.value] for contact in contacts]
