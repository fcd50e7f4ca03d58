"""Engines and transactions.

SQLite gets three pools: one connection for the daily writing and one for long work beside it (both BEGIN
IMMEDIATE, so that a transaction never fails halfway for want of the lock), and four that only read.
PostgreSQL gets two: one for all daily work, and two connections for long work, which may take its time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.adapters.database.driver_urls import parse_url
from gateway.adapters.database.faults import READ_ONLY, READ_ONLY_STATE, naming, sqlstate, translated
from gateway.adapters.database.postgresql_sessions import configure_daily_sessions, configure_sessions
from gateway.adapters.database.several_servers import connecting
from gateway.adapters.database.trial_writes import try_to_write
from gateway.adapters.database.unit_of_work import SqlUnitOfWork
from gateway.adapters.database.writing import InlineWriter, PooledWriter, SqlConnection, Writer
from gateway.domain.errors import ConfigurationError, Unavailable

if TYPE_CHECKING:
    from gateway.application.ports.clock import Clock
    from gateway.application.ports.personal_data import PersonalData
    from gateway.application.ports.wakeups import Wakeups

BUSY_TIMEOUT_MS: Final = 5_000
_CACHE_KB: Final = 32_000
"""For the one connection that does the daily writing: what it has read stays true."""
_SMALL_CACHE_KB: Final = 4_000
"""For all others: SQLite empties their caches whenever somebody has written."""
PATIENCE_SECONDS: Final = 6.0
"""For one statement of the daily work, locks included: a carrier waits 15 seconds for an answer."""
IDLE_SECONDS: Final = 15.0
"""Between two statements of the daily work, which awaits nothing else in a transaction: past this its process
is gone, or its machine stands still, and PostgreSQL lets go of what it holds."""


class SqlDatabase:
    """The port `Database` over SQLAlchemy; `personal_data` seals what concerns persons.

    A commit rings the bell of every kind of outbox entry it made due, and that of live views where it
    recorded an evaluation, so that no use case can forget to.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        writer: Writer,
        reading: AsyncEngine,
        single: AsyncEngine,
        personal_data: PersonalData,
        wakeups: Wakeups,
        lease_clock: Clock | None = None,
    ) -> None:
        self.engine = engine
        """For long work beside the daily one: migrations, rotation of keys, retention."""
        self.single_engine = single
        """For single writes that somebody waits for: it loses patience as the daily work does."""
        self.writer = writer
        self.reading_engine = reading
        self._personal_data = personal_data
        self._wakeups = wakeups
        self._lease_clock = lease_clock
        self._refused = False
        """Whether a transaction failed since writing was last seen to succeed."""

    @property
    def writers(self) -> int:
        """See the port."""
        return self.writer.at_once

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlUnitOfWork]:
        """Commit when the block ends well; see the port."""
        try:
            with translated():
                async with self.writer.begin() as connection:
                    work = self._work(connection)
                    yield work
        except Unavailable:
            self._refused = True
            raise
        for topic in work.topics():
            self._wakeups.ring(topic)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlUnitOfWork]:
        """Read without waiting for writers; see the port."""
        with translated():
            # Committed, since listing gives rows their positions (see evaluation_positions.py).
            async with self.reading_engine.begin() as connection:
                yield self._work(connection)

    async def ping(self) -> None:
        """Ask for next to nothing, to see whether anybody answers and would take changes.

        After a transaction that failed, a write is tried each time until one succeeds: a full disk is read
        from as ever. That others commit proves little: a transaction that changes nothing writes nothing.
        """
        await self._ask()
        if self._refused:
            await try_to_write(self.single_engine)
            self._refused = False

    async def _ask(self) -> None:
        with translated():
            async with self.reading_engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    await connection.execute(text("SELECT 1"))
                elif (await connection.execute(text("SHOW transaction_read_only"))).scalar_one() == "on":
                    await connection.invalidate()
                    raise Unavailable(READ_ONLY)

    def _work(self, connection: SqlConnection) -> SqlUnitOfWork:
        return SqlUnitOfWork(connection, self._personal_data, self._lease_clock)

    async def close(self) -> None:
        """Close all connections."""
        await self.writer.close()
        await self.engine.dispose()
        await self.reading_engine.dispose()


def open_database(
    url: str,
    personal_data: PersonalData,
    wakeups: Wakeups,
    *,
    pool_size: int = 10,
    lease_clock: Clock | None = None,
) -> SqlDatabase:
    """The database of a URL such as `sqlite:///var/gateway.db` or `postgresql://user@host/name`.

    Leases are measured by `lease_clock` where one is given (virtual time), else by the database's own.

    Raises:
        ConfigurationError: the URL cannot be used, or the folder of its file not be made.
        Unavailable: a file of SQLite cannot be opened.

    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, personal_data, wakeups, lease_clock)
    daily = _postgresql(parsed, pool_size=pool_size, pool_timeout=5, patience=PATIENCE_SECONDS)
    return SqlDatabase(
        _postgresql(parsed, pool_size=2, pool_timeout=60, patience=None),
        writer=PooledWriter(daily),
        reading=daily,
        single=daily,
        personal_data=personal_data,
        wakeups=wakeups,
        lease_clock=lease_clock,
    )


def _postgresql(url: URL, *, pool_size: int, pool_timeout: float, patience: float | None) -> AsyncEngine:
    """Connections to the server in charge; `patience` in seconds for each statement, None = without end."""
    place, way = connecting(url, command_timeout=patience)
    engine = create_async_engine(
        place,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        **way,
    )
    event.listen(engine.sync_engine, "handle_error", _leave_a_standby)
    if patience is None:
        configure_sessions(engine)
    else:
        configure_daily_sessions(engine, IDLE_SECONDS)
    return engine


def _leave_a_standby(context: ExceptionContext) -> None:
    """After a failover the address leads elsewhere: connections to what is a standby now are given up."""
    if sqlstate(context.original_exception) == READ_ONLY_STATE:
        context.is_disconnect = True


def _open_sqlite(
    url: URL, personal_data: PersonalData, wakeups: Wakeups, lease_clock: Clock | None
) -> SqlDatabase:
    file = Path(url.database or "").absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{file.parent} cannot be made: {error.strerror}; name another place, or give the right to it",
            place="database.url",
        ) from None
    _require_openable(file)
    sync_url = url.set(drivername="sqlite+pysqlite")
    alone = {"pool_size": 1, "max_overflow": 0, "hide_parameters": True}
    inline = create_engine(sync_url, connect_args={"check_same_thread": False}, **alone)
    beside = create_async_engine(url, pool_timeout=10, **alone)
    reading = create_async_engine(url, pool_size=4, max_overflow=0, pool_timeout=10, hide_parameters=True)
    _prepare_sqlite(inline, begin="BEGIN IMMEDIATE", read_only=False, waits=False, keeps_pages=True)
    _prepare_sqlite(beside.sync_engine, begin="BEGIN IMMEDIATE", read_only=False)
    _prepare_sqlite(reading.sync_engine, begin="BEGIN", read_only=True)
    return SqlDatabase(
        beside,
        writer=InlineWriter(inline, BUSY_TIMEOUT_MS / 1000),
        reading=reading,
        single=beside,
        personal_data=personal_data,
        wakeups=wakeups,
        lease_clock=lease_clock,
    )


def _require_openable(file: Path) -> None:
    """Before any thread is started that would have to be ended again."""
    with translated():
        try:
            sqlite3.connect(file).close()
        except sqlite3.Error as error:
            error.add_note(str(file))
            raise


def _prepare_sqlite(
    engine: Engine, *, begin: str, read_only: bool, waits: bool = True, keeps_pages: bool = False
) -> None:
    """Durable write-ahead logging, and transactions that begin when we say so.

    `waits`: whether a statement waits for a lock that another connection holds.
    `keeps_pages`: whether a large cache pays.
    """
    pragmas = [
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        f"cache_size = -{_CACHE_KB if keeps_pages else _SMALL_CACHE_KB}",
        f"query_only = {'ON' if read_only else 'OFF'}",
        # Last: write-ahead logging is not switched on without waiting.
        f"busy_timeout = {BUSY_TIMEOUT_MS if waits else 0}",
    ]

    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
        connection.isolation_level = None
        try:
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except sqlite3.Error:
            # Of no pool yet: its thread would outlive us.
            connection.close()
            raise

    event.listen(engine, "handle_error", naming(Path(engine.url.database or "").absolute()))
    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
