"""Rows of what the bureau says of agencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from gateway.adapters.database.officer_tables import agency_entries
from gateway.domain.bureau.agency_entries import AgencyEntry, as_document, from_document

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection


class SqlAgencyEntries:
    """The port `AgencyEntries`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def get(self, code: str) -> AgencyEntry | None:
        """What the page says of one."""
        found = await self._connection.execute(select(agency_entries).where(agency_entries.c.code == code))
        row = found.mappings().first()
        return None if row is None else _entry(row)

    async def later_than(self, entry_no: int) -> list[AgencyEntry]:
        """Everything said since."""
        found = await self._connection.execute(
            select(agency_entries)
            .where(agency_entries.c.entry_no > entry_no)
            .order_by(agency_entries.c.entry_no)
        )
        return [_entry(row) for row in found.mappings()]

    async def save(self, entry: AgencyEntry) -> None:
        """Its new word; whoever saves holds the ledger."""
        await self._connection.execute(delete(agency_entries).where(agency_entries.c.code == entry.code))
        await self._connection.execute(insert(agency_entries), _row(entry))


def _row(entry: AgencyEntry) -> dict[str, Any]:
    agency = entry.agency
    row = {column.name: getattr(entry, column.name, None) for column in agency_entries.columns}
    return row | {"document": {} if agency is None else as_document(agency)}


def _entry(row: RowMapping) -> AgencyEntry:
    values: dict[str, Any] = dict(row)
    document = values.pop("document")
    return AgencyEntry(**values, agency=from_document(row["code"], document) if document else None)
