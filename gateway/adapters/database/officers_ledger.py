"""Rows of the ledger."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from gateway.adapters.database.officer_tables import ledger
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection

_COLUMNS: Final = tuple(field.name for field in fields(LedgerEntry))


class SqlLedger:
    """The port `Ledger`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def add(self, entry: LedgerEntry) -> None:
        """Write one."""
        row = {name: getattr(entry, name) for name in _COLUMNS}
        await self._connection.execute(insert(ledger), row | {"detail": dict(entry.detail)})

    async def newest(self, limit: int, before: int | None = None) -> list[tuple[int, LedgerEntry]]:
        """The newest entries, or the newest of those before a number."""
        statement = select(ledger).order_by(ledger.c.entry_no.desc()).limit(limit)
        if before is not None:
            statement = statement.where(ledger.c.entry_no < before)
        found = await self._connection.execute(statement)
        return [(row["entry_no"], _entry(row)) for row in found.mappings()]

    async def last(self, event: LedgerEvent) -> LedgerEntry | None:
        """The newest entry of a kind."""
        statement = select(ledger).where(ledger.c.event == event).order_by(ledger.c.entry_no.desc()).limit(1)
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else _entry(row)


def _entry(row: RowMapping) -> LedgerEntry:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    return LedgerEntry(**values)
