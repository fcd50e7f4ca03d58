"""Carrying sealed columns over to the newest key, batch by batch, while the gateway runs (R-18)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Table, Update, and_, delete, select, tuple_, update

from gateway.adapters.database.faults import translated
from gateway.adapters.database.sealed_phones import phone_of
from gateway.adapters.database.tables import metadata, opt_outs, strangers
from gateway.domain.errors import ConfigurationError, InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database.engine import SqlDatabase
    from gateway.application.ports.personal_data import PersonalData

BATCH: Final = 500
"""Rows rewritten in one transaction: writers wait no longer than for that."""
_SEALED: Final = "_sealed"
_PHONE: Final = "phone_sealed"
_INDEX: Final = "phone_index"
_TOLD: Final = 5

Key = tuple[Any, ...]


@dataclass(slots=True)
class Rotated:
    """What a rotation did to one table."""

    table: str
    rewritten: int = 0
    left: int = 0
    """Rows that another transaction held: the next run takes them."""
    unreadable: int = 0
    """Rows that no listed key opens."""
    reasons: list[str] = field(default_factory=list)
    """The first few of those, by primary key, and why."""


def sealed_tables() -> list[Table]:
    """The tables that keep something sealed."""
    return [table for table in metadata.sorted_tables if _sealed_columns(table)]


def _sealed_columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name.endswith(_SEALED)]


class KeyRotation:
    """Seals and indexes one table's rows with the newest key of `personal_data`.

    Rows that are so already are only read: a run that was stopped goes on where it was, and a second run
    does nothing. Rows that others hold are passed over, so that no transaction ever waits for a rotation
    that waits for it.
    """

    def __init__(self, database: SqlDatabase, personal_data: PersonalData, table: Table) -> None:
        self._database = database
        self._personal_data = personal_data
        self._table = table
        self._key = tuple(table.primary_key.columns)
        self._sealed = _sealed_columns(table)
        self._rotated = Rotated(table.name)

    async def __call__(self) -> Rotated:
        """Walk the whole table once.

        Raises:
            Unavailable: the database did not answer; what was committed stays.

        """
        with translated():
            async for keys in self._outdated():
                async with self._database.engine.begin() as connection:
                    await self._rewrite(connection, keys)
        return self._rotated

    async def _outdated(self) -> AsyncIterator[list[Key]]:
        """Primary keys of rows under older keys, batch by batch; reading locks nothing."""
        batch = select(*self._key, *self._columns(self._sealed)).order_by(*self._key).limit(BATCH)
        statement = batch
        while True:
            async with self._database.reading_engine.connect() as connection:
                rows = (await connection.execute(statement)).mappings().all()
            if not rows:
                return
            statement = batch.where(tuple_(*self._key) > tuple_(*self._key_of(rows[-1])))
            keys = [self._key_of(row) for row in rows if self._is_outdated(row)]
            if keys:
                yield keys

    async def _rewrite(self, connection: AsyncConnection, keys: list[Key]) -> None:
        shown = self._columns([name for name in (*self._sealed, _INDEX) if name in self._table.columns])
        found = await connection.execute(
            select(*self._key, *shown)
            .where(tuple_(*self._key).in_(keys))
            .order_by(*self._key)
            .with_for_update(skip_locked=True)
        )
        rows = found.mappings().all()
        self._rotated.left += len(keys) - len(rows)
        for row in rows:
            if self._is_outdated(row):
                await self._rewrite_row(connection, row)

    async def _rewrite_row(self, connection: AsyncConnection, row: RowMapping) -> None:
        try:
            values = self._sealed_afresh(row)
        except (ConfigurationError, InvalidInput) as error:
            self._rotated.unreadable += 1
            if len(self._rotated.reasons) < _TOLD:
                key = "/".join(map(str, self._key_of(row)))
                self._rotated.reasons.append(f"{self._table.name} {key}: {error}")
            return
        if _INDEX in values:
            await self._follow_index(connection, row[_INDEX], values[_INDEX])
        itself = and_(*(column == row[column.name] for column in self._key))
        await connection.execute(update(self._table).where(itself).values(values))
        self._rotated.rewritten += 1

    def _sealed_afresh(self, row: RowMapping) -> dict[str, Any]:
        data = self._personal_data
        given = {name: row[name] for name in self._sealed if row[name] is not None}
        values: dict[str, Any] = {name: data.seal(data.unseal(sealed)) for name, sealed in given.items()}
        phone = phone_of(data, values.get(_PHONE))
        return values if phone is None else {**values, _INDEX: data.index(phone)}

    async def _follow_index(self, connection: AsyncConnection, before: str, now: str) -> None:
        """What else hangs on the index of a number that moves from one key to another."""
        if self._table is opt_outs:
            await connection.execute(_ends_double(before, now))
        # A stranger's number stands in no row of its own; their text, which is kept, names it.
        if await connection.scalar(select(strangers.c.phone_index).where(strangers.c.phone_index == before)):
            await connection.execute(delete(strangers).where(strangers.c.phone_index == now))
            await connection.execute(
                update(strangers).where(strangers.c.phone_index == before).values(phone_index=now)
            )

    def _is_outdated(self, row: RowMapping) -> bool:
        return any(
            row[name] is not None and not self._personal_data.newest_key_seals(row[name])
            for name in self._sealed
        )

    def _key_of(self, row: RowMapping) -> Key:
        return tuple(row[column.name] for column in self._key)

    def _columns(self, names: list[str]) -> list[ColumnElement[Any]]:
        return [self._table.c[name] for name in names]


def _ends_double(before: str, now: str) -> Update:
    """Ends a wish that is current under both keys: processes with other keys than ours took it twice."""
    other = opt_outs.alias("other")
    twice = select(other.c.entry_no).where(other.c.phone_index == now, other.c.ended_at.is_(None)).exists()
    return (
        update(opt_outs)
        .where(opt_outs.c.phone_index == before, opt_outs.c.ended_at.is_(None), twice)
        .values(ended_at=opt_outs.c.out_since)
    )
