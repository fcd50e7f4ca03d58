"""Engines and transactions.

SQLite gets two pools: one connection that writes (BEGIN IMMEDIATE, so that a transaction never fails
halfway for want of the lock) and several that only read. PostgreSQL needs one pool.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from gateway.adapters.database.unit_of_work import SqlUnitOfWork
from gateway.adapters.database.writing import InlineWriter, PooledWriter, SqlConnection, Writer
from gateway.domain.errors import AlreadyRecorded, ConfigurationError, InvalidInput, Unavailable

if TYPE_CHECKING:
    from gateway.application.ports.clock import Clock
    from gateway.application.ports.personal_data import PersonalData
    from gateway.application.ports.wakeups import Wakeups

BUSY_TIMEOUT_MS: Final = 5_000
_CACHE_KB: Final = 32_000
"""For the one connection that does the daily writing: what it has read stays true."""
_SMALL_CACHE_KB: Final = 4_000
"""For all others: SQLite empties their caches whenever somebody has written."""
UNDONE: Final = frozenset({"40001", "40P01"})
"""Serialisation failure and deadlock (PostgreSQL, appendix A)."""
_READ_ONLY_STATE: Final = "25006"
LOCKED: Final = "55P03"
_TOLD_AT_CONNECTING: Final = {
    "3D000": "the server has no database of the name in database.url; create it, or mend the URL",
    "28000": "the server does not let in the user of database.url",
    "28P01": "the server refuses the password in database.url",
    "53300": "the server has no connection left; raise its max_connections, or lower database.pool_size",
    "57P01": "the database is being shut down",
    "57P03": "the database starts up or is being shut down",
}
_READ_ONLY: Final = (
    "the database takes no changes: it is read-only, as a standby is, or a primary that was one"
)
PATIENCE_SECONDS: Final = 6.0
"""For one statement of the daily work, locks included: a carrier waits 15 seconds for an answer."""
_DRIVERS: Final = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


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
        personal_data: PersonalData,
        wakeups: Wakeups,
        lease_clock: Clock | None = None,
    ) -> None:
        self.engine = engine
        """For long work beside the daily one: migrations, rotation of keys, retention."""
        self.writer = writer
        self.reading_engine = reading
        self._personal_data = personal_data
        self._wakeups = wakeups
        self._lease_clock = lease_clock

    @property
    def writers(self) -> int:
        """See the port."""
        return self.writer.at_once

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlUnitOfWork]:
        """Commit when the block ends well; see the port."""
        with translated():
            async with self.writer.begin() as connection:
                work = self._work(connection)
                yield work
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
        """Ask for next to nothing, to see whether anybody answers and would take changes."""
        with translated():
            async with self.reading_engine.connect() as connection:
                if connection.dialect.name == "sqlite":
                    await connection.execute(text("SELECT 1"))
                elif (await connection.execute(text("SHOW transaction_read_only"))).scalar_one() == "on":
                    await connection.invalidate()
                    raise Unavailable(_READ_ONLY)

    def _work(self, connection: SqlConnection) -> SqlUnitOfWork:
        return SqlUnitOfWork(connection, self._personal_data, self._lease_clock)

    async def close(self) -> None:
        """Close all connections."""
        await self.writer.close()
        await self.engine.dispose()
        await self.reading_engine.dispose()


class translated:  # noqa: N801 - a context manager that reads as a verb
    """Says a database's errors in the words of the ports."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IntegrityError):
            raise AlreadyRecorded("another transaction recorded the same key first") from error
        if _is_undone(error):
            raise AlreadyRecorded("another transaction was in the way") from error
        if _is_unstorable(error):
            # Trying again would never help: tell the sender instead of the operator.
            raise InvalidInput("a value is too long or holds a character that cannot be stored") from error
        if isinstance(error, PoolTimeout):
            raise Unavailable("no database connection became free in time") from error
        if isinstance(error, DBAPIError | OSError):
            raise Unavailable(_why(error)) from error


def _why(error: DBAPIError | OSError) -> str:
    """What an operator can act on; a library's own words may hold addresses and values."""
    if isinstance(error, TimeoutError):
        return "the database did not answer in time"
    if isinstance(error, OSError):
        return f"the database cannot be reached: {error.strerror or error}"
    if sqlstate(error.orig) == _READ_ONLY_STATE:
        return _READ_ONLY
    if sqlstate(error.orig) == LOCKED:
        return "others hold the tables; try again"
    cause = getattr(error.orig, "__cause__", None) or error.orig
    return _TOLD_AT_CONNECTING.get(sqlstate(error.orig)) or (
        f"the database did not answer: {type(cause).__name__}"
    )


def sqlstate(error: BaseException | None) -> str:
    """PostgreSQL's code; empty for anything else."""
    return getattr(error, "sqlstate", None) or ""


def _is_undone(error: BaseException | None) -> bool:
    """Whether PostgreSQL undid the transaction for the sake of another: the next try gets through."""
    return isinstance(error, DBAPIError) and sqlstate(error.orig) in UNDONE


def _is_unstorable(error: BaseException | None) -> bool:
    """Whether no try can succeed: class 22, or a value that the driver could not even send."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    state = sqlstate(error.orig)
    return (
        isinstance(error, DataError) or state.startswith("22") or isinstance(error.orig.__cause__, ValueError)
    )


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
        ConfigurationError: the URL is malformed or names another engine.

    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed, personal_data, wakeups, lease_clock)
    daily = _postgresql(parsed, pool_size=pool_size, pool_timeout=5, patience=PATIENCE_SECONDS)
    return SqlDatabase(
        _postgresql(parsed, pool_size=2, pool_timeout=60, patience=None),
        writer=PooledWriter(daily),
        reading=daily,
        personal_data=personal_data,
        wakeups=wakeups,
        lease_clock=lease_clock,
    )


def _postgresql(url: URL, *, pool_size: int, pool_timeout: float, patience: float | None) -> AsyncEngine:
    """Connections to one server; `patience` in seconds for each statement, None = without end."""
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        pool_pre_ping=True,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        connect_args={"timeout": 5, "command_timeout": patience},
    )
    event.listen(engine.sync_engine, "handle_error", _leave_a_standby)
    if patience is not None:
        event.listen(engine.sync_engine, "connect", _plan_for_many_rows)
    return engine


def _plan_for_many_rows(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
    """Daily work goes by indexes from the first row on.

    A plan that was made while a table was small reads it whole, and is kept until somebody counts the rows
    again: meanwhile each rating costs more than the one before. What compiles plans only pays for long work.
    """
    # By a cursor: a server that goes in this moment is told in the words that are translated.
    cursor = connection.cursor()
    cursor.execute("SELECT set_config('enable_seqscan', 'off', false), set_config('jit', 'off', false)")
    cursor.close()
    connection.commit()


def _leave_a_standby(context: ExceptionContext) -> None:
    """After a failover the address leads elsewhere: connections to what is a standby now are given up."""
    if sqlstate(context.original_exception) == _READ_ONLY_STATE:
        context.is_disconnect = True


def parse_url(url: str) -> URL:
    """The URL with the asynchronous driver of its engine."""
    place = "database.url"
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "not a database URL; write sqlite:///var/gateway.db or postgresql://user@host/name", place=place
        ) from None
    engine = parsed.get_backend_name()
    driver = _DRIVERS.get("postgresql" if engine == "postgres" else engine)
    if driver is None:
        raise ConfigurationError(f"{engine} is not supported; use sqlite or postgresql", place=place)
    return parsed.set(drivername=driver)


def _open_sqlite(
    url: URL, personal_data: PersonalData, wakeups: Wakeups, lease_clock: Clock | None
) -> SqlDatabase:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(
            "SQLite needs a file, such as sqlite:///var/gateway.db", place="database.url"
        )
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
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
        personal_data=personal_data,
        wakeups=wakeups,
        lease_clock=lease_clock,
    )


def _prepare_sqlite(
    engine: Engine, *, begin: str, read_only: bool, waits: bool = True, keeps_pages: bool = False
) -> None:
    """Durable write-ahead logging, and transactions that begin when we say so.

    `waits`: whether a statement waits for a lock that another connection holds.
    `keeps_pages`: whether a large cache pays.
    """

    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapted connection
        connection.isolation_level = None
        cursor = connection.cursor()
        pragmas = [
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"cache_size = -{_CACHE_KB if keeps_pages else _SMALL_CACHE_KB}",
        ]
        if read_only:
            pragmas.append("query_only = ON")
        if not waits:
            pragmas.append("busy_timeout = 0")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
