"""What a database says of itself: its version, its durability, its clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from gateway.adapters.database.faults import translated

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database.engine import SqlDatabase

_POSTGRESQL: Final = (
    "server_version_num",
    "server_version",
    "fsync",
    "full_page_writes",
    "synchronous_commit",
    "archive_mode",
    "max_connections",
    "transaction_read_only",
)
_SQLITE: Final = ("journal_mode", "synchronous")


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """How a database is."""

    engine: str
    """`sqlite` or `postgresql`."""
    settings: Mapping[str, str]
    """Its own settings by name, those that matter here, as a connection of ours has them."""
    ahead: timedelta | None
    """By how much its clock is ahead of ours; None where it has none of its own."""
    doubt: timedelta = timedelta(0)
    """How exact that is."""


async def vital_signs(database: SqlDatabase) -> VitalSigns:
    """Ask it; raises Unavailable when it does not answer."""
    with translated():
        async with database.engine.connect() as connection:
            engine = connection.dialect.name
            if engine == "sqlite":
                found = {name: await _answer(connection, f"PRAGMA {name}") for name in _SQLITE}
                return VitalSigns(engine, found, None)
            found = {name: await _answer(connection, f"SHOW {name}") for name in _POSTGRESQL}
            return VitalSigns(engine, found, *await _ahead(connection))


async def clock_ahead(database: SqlDatabase) -> timedelta | None:
    """By how much its clock is ahead of ours; None where it has none. Raises Unavailable."""
    if database.engine.dialect.name == "sqlite":
        return None
    with translated():
        async with database.reading_engine.connect() as connection:
            ahead, _ = await _ahead(connection)
            return ahead


async def _ahead(connection: AsyncConnection) -> tuple[timedelta, timedelta]:
    """And how exact that is."""
    asked_at = datetime.now(UTC)
    its_now: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    took = datetime.now(UTC) - asked_at
    return its_now - (asked_at + took / 2), took / 2


async def _answer(connection: AsyncConnection, question: str) -> str:
    return str((await connection.execute(text(question))).scalar_one())
