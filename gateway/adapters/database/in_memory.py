"""SQLite in memory, for virtual time: the real statements on the real schema, without files and threads.

All simulated processes share the one connection, so a transaction has it to itself from begin to end; who
takes turns is the simulation's affair. Its content is gone when it is closed.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, event

from gateway.adapters.database.engine import open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.writing import InlineConnection, SqlConnection
from gateway.adapters.personal_data import KEY_BYTES, PersonalDataCipher

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_connecting: list[sqlite3.Connection] = []


class InMemoryDatabase:
    """A migrated, empty database and the one connection to it."""

    def __init__(self) -> None:
        raw = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        raw.deserialize(_empty_image())
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA temp_store = MEMORY")
        _connecting.append(raw)
        self._raw = raw
        self._connection: Connection = _engine().connect()

    @property
    def connection(self) -> SqlConnection:
        """Where the statements of the present transaction run."""
        return InlineConnection(self._connection)

    def begin(self) -> None:
        """Begin a transaction; there must be none."""
        self._connection.begin()

    def commit(self) -> None:
        """End the transaction; what it wrote stays."""
        self._connection.commit()

    def rollback(self) -> None:
        """End the transaction, as if it had never been."""
        self._connection.rollback()

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()
        self._raw.close()


class Nobody:
    """Nobody waits for what a migration writes."""

    def ring(self, topic: str) -> None:
        """See `Wakeups`."""

    async def wait(self, topic: str, timeout_seconds: float) -> None:
        """See `Wakeups`."""


@cache
def _engine() -> Engine:
    """One engine for all such databases, so that statements are compiled once."""
    engine = create_engine(
        "sqlite+pysqlite://", creator=_connecting.pop, poolclass=NullPool, hide_parameters=True
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """By the driver itself: worlds begin half a million transactions."""
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # what `creator` made
    driver.execute("BEGIN IMMEDIATE")


@cache
def _empty_image() -> bytes:
    """The bytes of a database that has just been migrated; made once, since migrating takes a while."""
    with TemporaryDirectory(prefix="haochaping-") as folder:
        path = Path(folder) / "empty.db"
        asyncio.run(_migrate(f"sqlite:///{path}"))
        raw = sqlite3.connect(path)
        # An image in write-ahead mode cannot be opened in memory.
        raw.execute("PRAGMA journal_mode = DELETE")
        image = raw.serialize()
        raw.close()
    return image


async def _migrate(url: str) -> None:
    database = open_database(url, PersonalDataCipher([b"0" * KEY_BYTES]), Nobody())
    try:
        await upgrade(database)
    finally:
        await database.close()
