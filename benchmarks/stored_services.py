"""Databases with so many stored services and all that hangs on them, filled by SQL through our own tables.

Secondary indexes are made after the older rows, and what only guards the rows (foreign keys, the journal)
or follows them (triggers) is off meanwhile. The last tenth is added to the indexes row by row: one that was
made at once has full pages, and the first row that comes to a page splits it; after a tenth nearly all have
been. Everything is as the migrations made it when the fill ends.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    MetaData,
    Table,
    Text,
    delete,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from benchmarks.stored_rows import DAYS, GROUPS, UNASKED, Rows, Spelling, key_of, older_of
from benchmarks.waiting_reminders import KEY, opened
from gateway.adapters.database.driver_urls import parse_url
from gateway.adapters.database.tables import invitations, metadata
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.invitations import ReminderState
from gateway.domain.phone_numbers import PhoneNumber

_SMALLEST_CHUNK: Final = 100
_LARGEST_CHUNK: Final = 20_000
_CHUNKS: Final = 100
_SETTINGS: Final = {
    "sqlite": (
        "PRAGMA journal_mode = OFF",
        "PRAGMA synchronous = OFF",
        "PRAGMA cache_size = -800000",
        "PRAGMA threads = 2",
    ),
    "postgresql": (
        "SET synchronous_commit = off",
        # No foreign keys nor triggers while rows are made that fit by construction.
        "SET session_replication_role = replica",
        "SET maintenance_work_mem = '512MB'",
    ),
}

_scratch: Final = Table(
    "scratch",
    MetaData(),
    Column("n", BigInteger, primary_key=True),
    *(Column(name, Text) for name in ("key", "person", "uuid", "service", "day")),
    *(Column(name, DateTime(timezone=True)) for name in ("at", "tomorrow", "answered")),
    prefixes=["TEMPORARY"],
)
"""What rows are made of; see `Spelling.made_of`."""


@dataclass(frozen=True)
class Stored:
    """A filled database, and what was prepared in it for measuring."""

    url: str
    total: int
    newest: tuple[int, ...]
    """Services that nobody rated or was reminded of, of the last days."""
    unrated: tuple[int, ...]
    """Further such services, from all over the years, in no order."""
    people: tuple[PhoneNumber, ...]
    """Of one open invitation each."""
    proxies: tuple[PhoneNumber, ...]
    """Of hundreds of open invitations each."""


@dataclass(frozen=True)
class Prepared:
    """How much of each is prepared."""

    unrated: int = 1800
    """Half of them new."""
    due: int = 1000
    """Reminders that are due; as many wait as a day brings."""
    people: int = 300
    proxies: int = 4
    of_proxy: int = 500


async def fill(url: str, total: int, prepared: Prepared | None = None) -> Stored:
    """Store `total` services with all that hangs on them."""
    prepared = prepared or Prepared()
    async with opened(url) as (database, _):
        await database.ping()
    cipher = PersonalDataCipher([KEY])
    now = datetime.now(UTC).replace(microsecond=0)
    engine = create_async_engine(parse_url(url))
    seal = cipher.seal("+8613800138000").hex()
    spelling = Spelling(engine.dialect.name, total, int(now.timestamp()), seal)
    say = _Progress(f"{engine.dialect.name}, {total:,} services")
    try:
        await _without_indexes(engine)
        async with _without_triggers(engine):
            await _fill_groups(engine, spelling, range(older_of(total)))
            say("older rows")
            await _make_indexes(engine, say)
            await _fill_groups(engine, spelling, range(older_of(total), total))
            say("newer rows")
        async with engine.begin() as connection:
            stored = await _prepare(connection, url, total, prepared, cipher, now)
        await _settle(engine)
        say("ready")
    finally:
        await engine.dispose()
    return stored


class _Progress:
    """Says how far a fill is, on standard error."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = time.monotonic()

    def __call__(self, step: str) -> None:
        """One more step is done."""
        print(
            f"  {self._what}: {step} after {time.monotonic() - self._begun:.0f} s",
            file=sys.stderr,
            flush=True,
        )


@asynccontextmanager
async def _careless(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.connect() as connection:
        for setting in _SETTINGS[engine.dialect.name]:
            await connection.execute(text(setting))
        await connection.commit()
        yield connection
        await connection.commit()
        # The settings go with it: whoever comes next is given a connection as it always is.
        await connection.invalidate()


async def _without_indexes(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for index in (index for table in _tables() for index in table.indexes):
            await connection.run_sync(index.drop)


@asynccontextmanager
async def _without_triggers(engine: AsyncEngine) -> AsyncIterator[None]:
    """SQLite has no setting for it, as PostgreSQL has: they are removed, and made again as they were."""
    made = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    if engine.dialect.name != "sqlite":
        yield
        return
    async with engine.begin() as connection:
        triggers = (await connection.execute(text(made))).all()
        for name, _ in triggers:
            await connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    async with engine.begin() as connection:
        for _, sql in triggers:
            await connection.execute(text(sql))


async def _fill_groups(engine: AsyncEngine, spelling: Spelling, numbers: range) -> None:
    """All at once where there is one writer; else group beside group."""
    if spelling.dialect == "sqlite":
        await _fill_group(engine, [rows for group in GROUPS for rows in group], spelling, numbers)
    else:
        await asyncio.gather(*(_fill_group(engine, group, spelling, numbers) for group in GROUPS))


async def _fill_group(engine: AsyncEngine, group: Sequence[Rows], spelling: Spelling, numbers: range) -> None:
    chunk = min(max(spelling.total // _CHUNKS, _SMALLEST_CHUNK), _LARGEST_CHUNK)
    async with _careless(engine) as connection:
        await connection.run_sync(_scratch.create)
        for begin in range(numbers.start, numbers.stop, chunk):
            await _make(connection, spelling, range(begin, min(begin + chunk, numbers.stop)))
            for rows in group:
                await _add(connection, rows, spelling)
            await connection.commit()
        await connection.run_sync(_scratch.drop)


async def _make(connection: AsyncConnection, spelling: Spelling, numbers: range) -> None:
    """What the rows of these numbers are made of."""
    first, last = literal(numbers[0], BigInteger), literal(numbers[-1], BigInteger)
    counted = select(first.label("n")).cte("counted", recursive=True)
    counted = counted.union_all(select(counted.c.n + 1).where(counted.c.n < last))
    made: list[ColumnElement[Any]] = [literal_column(sql) for sql in spelling.made_of.values()]
    # PostgreSQL vacuums no temporary table: rows deleted would be read again for every chunk.
    empty = text("TRUNCATE scratch") if spelling.dialect == "postgresql" else delete(_scratch)
    await connection.execute(empty)
    await connection.execute(
        insert(_scratch).from_select(["n", *spelling.made_of], select(counted.c.n, *made))
    )


async def _add(connection: AsyncConnection, rows: Rows, spelling: Spelling) -> None:
    columns: list[ColumnElement[Any]] = [literal_column(spelling(column)) for column in rows.columns.values()]
    made = select(*columns).select_from(_scratch).where(literal_column(f"({spelling(rows.where)})"))
    await connection.execute(insert(rows.table).from_select(list(rows.columns), made, include_defaults=False))


async def _prepare(
    connection: AsyncConnection,
    url: str,
    total: int,
    prepared: Prepared,
    cipher: PersonalDataCipher,
    now: datetime,
) -> Stored:
    unasked = [n for n in range(total - 1, 0, -1) if n % 20 in UNASKED]
    reminded, rest = unasked[: (last := prepared.due + total // DAYS)], unasked[last:]
    for place, n in enumerate(reminded):
        remind_at = now + timedelta(hours=1 if place >= prepared.due else -1)
        await _change(connection, [n], total, reminder=ReminderState.WAITING, remind_at=remind_at)
    people = tuple(PhoneNumber(f"+86136{number:08d}") for number in range(prepared.people))
    newest = (n for n in range(total - 1, 0, -1) if n % 20 in range(10, 14))
    for phone, n in zip(people, newest, strict=False):
        await _change(connection, [n], total, phone_index=cipher.index(phone), texted_at=now)
    proxies = tuple(PhoneNumber(f"+86137{number:08d}") for number in range(prepared.proxies))
    step = max(total // prepared.of_proxy, 20) // 20 * 20
    for place, phone in enumerate(proxies):
        theirs = range(6 + place, total, step)[: prepared.of_proxy]
        await _change(connection, theirs, total, phone_index=cipher.index(phone), texted_at=now)
    half = prepared.unrated // 2
    new, older = rest[:half], rest[half:]
    # The same in each run.
    random.Random(total).shuffle(older)  # noqa: S311 - a sample
    return Stored(url, total, tuple(new), tuple(older[:half]), people, proxies)


async def _change(connection: AsyncConnection, numbers: Sequence[int], total: int, **values: object) -> None:
    """Change the invitations of these services."""
    keys = [key_of(n, total) for n in numbers]
    await connection.execute(update(invitations).where(invitations.c.invitation_id.in_(keys)).values(values))


async def _make_indexes(engine: AsyncEngine, say: _Progress) -> None:
    for table in _tables():
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            async with _careless(engine) as connection:
                await connection.run_sync(index.create)
        say(f"indexes of {table.name}")


async def _settle(engine: AsyncEngine) -> None:
    """Do now what the engine would else do amid the measurement; SQLite does nothing by itself."""
    if engine.dialect.name == "sqlite":
        return
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        # Readers give positions as they go; whoever fills in bulk has had none.
        await connection.execute(text("UPDATE evaluations SET position = recorded_no WHERE position IS NULL"))
        await connection.execute(text("VACUUM ANALYZE"))
        await connection.execute(text("CHECKPOINT"))


def _tables() -> list[Table]:
    return [table for table in metadata.sorted_tables if any(table is r.table for g in GROUPS for r in g)]
