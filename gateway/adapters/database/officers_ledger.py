"""Rows of the ledger."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert, select

from gateway.adapters.database.advisory_locks import AdvisoryLock
from gateway.adapters.database.officer_tables import ledger
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.ledger_chain import KeptEntry, digest_of_entry

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection

_COLUMNS: Final = tuple(field.name for field in fields(LedgerEntry))


class SqlLedger:
    """The port `Ledger`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def lock(self) -> None:
        """Nobody else writes; SQLite has one writer anyhow.

        Whoever waits for it holds nothing that its holder waits for.
        """
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(AdvisoryLock.LEDGER.taken)

    async def add(self, entry: LedgerEntry) -> int:
        """Write one, chained to the last."""
        await self.lock()
        head = select(ledger.c.digest).where(ledger.c.digest.is_not(None)).order_by(ledger.c.entry_no.desc())
        previous = (await self._connection.execute(head.limit(1))).scalar() or ""
        row: dict[str, Any] = {name: getattr(entry, name) for name in _COLUMNS}
        row |= {
            "detail": dict(entry.detail),
            "previous": previous,
            "digest": digest_of_entry(previous, entry),
        }
        written = await self._connection.execute(insert(ledger).values(row).returning(ledger.c.entry_no))
        number: int = written.scalar_one()
        return number

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

    async def about(self, subject: str, events: Collection[LedgerEvent], limit: int) -> list[LedgerEntry]:
        """The newest entries of these kinds about somebody or something."""
        found = await self._connection.execute(
            select(ledger)
            .where(ledger.c.subject == subject, ledger.c.event.in_(events))
            .order_by(ledger.c.entry_no.desc())
            .limit(limit)
        )
        return [_entry(row) for row in found.mappings()]

    async def page(self, after: int, limit: int) -> list[KeptEntry]:
        """Entries after a number, the oldest first."""
        found = await self._connection.execute(
            select(ledger).where(ledger.c.entry_no > after).order_by(ledger.c.entry_no).limit(limit)
        )
        return [
            KeptEntry(row["entry_no"], _entry(row), row["previous"], row["digest"])
            for row in found.mappings()
        ]


def _entry(row: RowMapping) -> LedgerEntry:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    return LedgerEntry(**values)
