"""Whether a database that refused to write would do so again.

Nothing that is tried stays. It asks for more room than a rating takes, so that what was left of a full disk
is not taken for room.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database.faults import sqlstate, translated

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_BYTES: Final = 262_144
_FEW_PAGES: Final = 10
"""Of a cache: what does not fit is written before the transaction ends."""
_PATIENCE_SECONDS: Final = 2.0
_NO_RIGHT: Final = "42501"
_ON_POSTGRESQL: Final = text(
    # Rows of some 30 bytes; whoever may connect may make temporary tables, unless that was taken from them.
    f"CREATE TEMPORARY TABLE room_for_ratings ON COMMIT DROP AS SELECT generate_series(1, {_BYTES // 32})"
)


async def try_to_write(engine: AsyncEngine) -> None:
    """Write; raises Unavailable, with the reason, when that does not succeed."""
    if engine.dialect.name == "sqlite":
        with translated():
            await asyncio.to_thread(_try_sqlite, engine.url.database or "")
        return
    with translated():
        async with engine.connect() as connection:
            try:
                await connection.execute(_ON_POSTGRESQL)
            except DBAPIError as error:
                if sqlstate(error.orig) != _NO_RIGHT:
                    raise
            await connection.rollback()


def _try_sqlite(path: str) -> None:
    """Room for more pages, then one small commit that reaches the disk."""
    file = Path(path).absolute()
    try:
        with closing(
            sqlite3.connect(
                f"{file.as_uri()}?mode=rw", uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None
            )
        ) as connection:
            connection.execute(f"PRAGMA cache_size = {_FEW_PAGES}")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE room_for_ratings (filling)")
            connection.execute("INSERT INTO room_for_ratings VALUES (zeroblob(?))", (_BYTES,))
            connection.execute("ROLLBACK")
            ((version,),) = connection.execute("PRAGMA user_version")
            connection.execute(f"PRAGMA user_version = {version:d}")
    except sqlite3.Error as error:
        error.add_note(str(file))
        raise
