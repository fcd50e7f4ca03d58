"""How transactions that write are run on each engine.

SQLite lives in this process: a statement takes microseconds, less than handing it to a thread and back. So
statements run where they are, on one connection, and only the durable commit goes to a thread. The lock is
taken without waiting, or tried for again. PostgreSQL is awaited as usual.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from sqlalchemy import Dialect, Executable
from sqlalchemy.exc import OperationalError

from gateway.domain.errors import Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

LOCK_PATIENCE_SECONDS: Final = 10
"""How long a transaction waits for its turn before it is refused."""
_PAUSE_SECONDS: Final = 0.005
"""Between two tries to take the lock from another process."""

Parameters: TypeAlias = Sequence[dict[str, Any]] | dict[str, Any] | None


class SqlConnection(Protocol):
    """What repositories need of a connection, whichever way it runs."""

    @property
    def dialect(self) -> Dialect:
        """The engine's dialect."""
        ...

    async def execute(self, statement: Executable, parameters: Parameters = None) -> CursorResult[Any]:
        """Run one statement; many parameter sets run it for each."""
        ...

    async def exec_driver_sql(self, statement: str, parameters: Any) -> CursorResult[Any]:  # noqa: ANN401 - as the driver takes them
        """Run a statement as the driver takes it; a list of parameter sets runs it for each."""
        ...


class Writer(Protocol):
    """Opens transactions that write."""

    @property
    def at_once(self) -> int:
        """How many can write side by side."""
        ...

    def begin(self) -> AbstractAsyncContextManager[SqlConnection]:
        """A transaction: committed when its block ends well, else rolled back."""
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


class PooledWriter:
    """PostgreSQL: one connection of the pool for each transaction."""

    at_once: Final = 2
    """A group of ratings is prepared while the server works on the one before; more leave none to overlap."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def begin(self) -> AbstractAsyncContextManager[SqlConnection]:
        """See `Writer`."""
        return self._engine.begin()

    async def close(self) -> None:
        """See `Writer`."""
        await self._engine.dispose()


class InlineWriter:
    """SQLite: one connection, one transaction after the other.

    `patience` is how many seconds a transaction tries to take the lock that another process holds.
    """

    at_once: Final = 1

    def __init__(self, engine: Engine, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._turn = asyncio.Lock()
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-commit")

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlConnection]:
        """See `Writer`.

        Raises:
            Unavailable: others kept the lock for too long, or it has been closed.

        """
        await self._take_turn()
        try:
            if self._closed:
                raise Unavailable("the database has been closed")
            connection = await self._begun()
            try:
                yield InlineConnection(connection)
            except BaseException:
                connection.rollback()
                raise
            else:
                await _finished(asyncio.ensure_future(self._aside(connection.commit)))
            finally:
                connection.close()
        finally:
            self._turn.release()

    async def close(self) -> None:
        """See `Writer`; a transaction under way is finished first, and none begins after."""
        async with AsyncExitStack() as stack:
            with suppress(Unavailable):
                await self._take_turn()
                stack.callback(self._turn.release)
            self._closed = True
            self._thread.shutdown()
            self._engine.dispose()

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(LOCK_PATIENCE_SECONDS):
                await self._turn.acquire()
        except TimeoutError:
            raise Unavailable("the database is busy with other writers") from None

    async def _begun(self) -> Connection:
        """A transaction that holds the lock; while another process has it, tried again and again."""
        given_up_at = time.monotonic() + self._patience
        while True:
            try:
                return self._connect()
            except OperationalError as error:
                if not _is_busy(error) or time.monotonic() > given_up_at:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    def _connect(self) -> Connection:
        connection = self._engine.connect()
        try:
            # The first statement of SQLAlchemy's transaction is our BEGIN IMMEDIATE.
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    async def _aside(self, work: Any) -> Any:  # noqa: ANN401 - what the thread runs and returns
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


async def _finished(work: asyncio.Future[Any]) -> Any:  # noqa: ANN401 - whatever the work returns
    """The result; what has begun in the thread is finished before a cancellation goes on."""
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


def _is_busy(error: OperationalError) -> bool:
    """Whether another connection holds the lock (the primary code; extended ones add to it)."""
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


class InlineConnection:
    """A synchronous connection that looks awaited; nothing in it ever waits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        """See `SqlConnection`."""
        return self._connection.dialect

    async def execute(self, statement: Executable, parameters: Parameters = None) -> CursorResult[Any]:
        """See `SqlConnection`."""
        return self._connection.execute(statement, parameters)

    async def exec_driver_sql(self, statement: str, parameters: Any) -> CursorResult[Any]:  # noqa: ANN401 - as the driver takes them
        """See `SqlConnection`."""
        return self._connection.exec_driver_sql(statement, parameters)
