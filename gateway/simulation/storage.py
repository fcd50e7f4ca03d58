"""The one database of a simulated world, as each process reaches it: with delays, refusals and lost answers.

Statements are the production's, on SQLite in memory. A crash between two of them undoes the transaction, as
a real database does when a connection breaks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

from gateway.adapters.database.faults import translated
from gateway.adapters.database.in_memory import InMemoryDatabase
from gateway.adapters.database.unit_of_work import SqlUnitOfWork
from gateway.domain.errors import Unavailable

if TYPE_CHECKING:
    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.clock import Clock
    from gateway.application.ports.personal_data import PersonalData
    from gateway.application.ports.wakeups import Wakeups
    from gateway.simulation.lives import Life

LOCK_PATIENCE_SECONDS: Final = 10
"""As long as the production's writer waits for its turn."""


class Storage(Protocol):
    """Where all processes of a world keep their facts."""

    def begin(self, life: Life | None) -> AbstractAsyncContextManager[SqlConnection]:
        """A transaction of a life (None = an onlooker's): undone when its block fails or the life ends."""
        ...

    async def close(self) -> None:
        """Forget everything."""
        ...


class MemoryStorage:
    """SQLite in memory: one transaction after the other, whoever asks."""

    def __init__(self) -> None:
        self._database = InMemoryDatabase()
        self._waiting: list[asyncio.Future[None]] = []
        self._holder: object | None = None

    @asynccontextmanager
    async def begin(self, life: Life | None) -> AsyncIterator[SqlConnection]:
        """See `Storage`."""
        turn = object()
        await self._take(turn)
        self._database.begin()
        forget = life.on_death(lambda: self._undo(turn)) if life else None
        try:
            yield self._database.connection
        except BaseException:
            self._undo(turn)
            raise
        else:
            if self._holder is turn:
                self._database.commit()
                self._pass_on()
        finally:
            if forget is not None:
                forget()

    async def close(self) -> None:
        """See `Storage`."""
        self._holder = object()
        self._database.close()

    async def _take(self, turn: object) -> None:
        """Wait for the connection; nobody of a dead process is ever served."""
        try:
            async with asyncio.timeout(LOCK_PATIENCE_SECONDS):
                while self._holder is not None:
                    bell = asyncio.get_running_loop().create_future()
                    self._waiting.append(bell)
                    await bell
        except TimeoutError:
            raise Unavailable("the database is busy with other writers") from None
        self._holder = turn

    def _undo(self, turn: object) -> None:
        # What is left of a crashed process must not touch the turn of another.
        if self._holder is turn:
            self._database.rollback()
            self._pass_on()

    def _pass_on(self) -> None:
        self._holder = None
        waiting, self._waiting = self._waiting, []
        for bell in waiting:
            if not bell.done():
                bell.set_result(None)


class DatabaseTrouble(Protocol):
    """What goes wrong between a process and its database; each may wait, and may raise Unavailable."""

    async def before_begin(self) -> None:
        """The process asks for a transaction."""
        ...

    async def before_commit(self) -> None:
        """All is written, nothing is stored yet."""
        ...

    async def after_commit(self) -> None:
        """All is stored, the process does not know yet; raising loses the answer."""
        ...


class SimulatedDatabase:
    """The port `Database` of one process."""

    def __init__(
        self,
        storage: Storage,
        life: Life | None,
        trouble: DatabaseTrouble,
        *,
        personal_data: PersonalData,
        wakeups: Wakeups,
        shared_clock: Clock,
    ) -> None:
        self._storage = storage
        self._life = life
        self._trouble = trouble
        self._personal_data = personal_data
        self._wakeups = wakeups
        self._shared_clock = shared_clock

    @property
    def writers(self) -> int:
        """See the port: in memory all share one connection."""
        return 1

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlUnitOfWork]:
        """See the port."""
        await self._trouble.before_begin()
        with translated():
            async with self._storage.begin(self._life) as connection:
                work = self._work(connection)
                yield work
                await self._trouble.before_commit()
        await self._trouble.after_commit()
        # Sorted: in a set they stand differently in each run of Python.
        for topic in sorted(work.topics()):
            self._wakeups.ring(topic)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlUnitOfWork]:
        """See the port."""
        await self._trouble.before_begin()
        with translated():
            async with self._storage.begin(self._life) as connection:
                yield self._work(connection)

    async def ping(self) -> None:
        """See the port."""
        async with self.reading():
            pass

    def _work(self, connection: SqlConnection) -> SqlUnitOfWork:
        return SqlUnitOfWork(connection, self._personal_data, self._shared_clock)
