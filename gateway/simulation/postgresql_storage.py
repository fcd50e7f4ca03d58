"""The database of a simulated world on a real PostgreSQL: statements of several transactions interleave.

Each statement takes a moment of virtual time, so that transactions which come together overlap; now and then
one takes seconds, with all its locks held.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from gateway.adapters.database.scratch_postgresql import DrivenServer, DrivenSession
from gateway.simulation.turns import Turns

if TYPE_CHECKING:
    from gateway.adapters.database.writing import Parameters, SqlConnection
    from gateway.simulation.lives import Life
    from gateway.simulation.loop import SimulationLoop
    from gateway.simulation.scene import Scene

_MOMENT_SECONDS: Final = 0.004
_LONGEST_SECONDS: Final = 8.0


class PostgresqlStorage:
    """See `storage.Storage`."""

    def __init__(self, scene: Scene, loop: SimulationLoop, url: str) -> None:
        self._scene = scene
        self._chance = scene.chance.stream("statements")
        self._server = DrivenServer(url)
        self._idle: list[DrivenSession] = []
        self.turns = Turns(loop, self._server)

    @asynccontextmanager
    async def begin(self, life: Life | None) -> AsyncIterator[SqlConnection]:
        """See `Storage`."""
        session = self._idle.pop() if self._idle else await self.turns.take(None, self._server.open)
        forget = life.on_death(lambda: self._abandon(session)) if life else None
        try:
            yield _TurnedConnection(self, session)
        except BaseException:
            if life is None or not life.dead:
                self._abandon(session)
            raise
        else:
            await self._commit(session)
        finally:
            if forget is not None:
                forget()

    async def close(self) -> None:
        """See `Storage`."""
        self._scene.timeline.counts["waits for a lock"] += self.turns.waits
        await self.turns.close()

    async def pass_a_moment(self) -> None:
        """The time that a statement takes."""
        trouble = self._scene.trouble
        if trouble.happens("database: slow statement", trouble.rates.database_slow):
            await asyncio.sleep(self._chance.seconds(0.01, _LONGEST_SECONDS))
        else:
            await asyncio.sleep(self._chance.fraction() * _MOMENT_SECONDS)

    async def _commit(self, session: DrivenSession) -> None:
        await self.turns.take(session, session.commit)
        self._idle.append(session)

    def _abandon(self, session: DrivenSession) -> None:
        # Whoever uses it next stands in the queue behind this.
        self.turns.abandon(session)
        self._idle.append(session)


class _TurnedConnection:
    """A connection whose every statement waits for its turn."""

    def __init__(self, storage: PostgresqlStorage, session: DrivenSession) -> None:
        self._storage = storage
        self._session = session

    @property
    def dialect(self) -> Any:  # noqa: ANN401 - SQLAlchemy is no affair of the simulation
        """See `SqlConnection`."""
        return self._session.connection.dialect

    async def execute(self, statement: Any, parameters: Parameters = None) -> Any:  # noqa: ANN401 - as above
        """See `SqlConnection`."""
        await self._storage.pass_a_moment()
        return await self._storage.turns.take(
            self._session, lambda: self._session.connection.execute(statement, parameters)
        )

    async def exec_driver_sql(self, statement: str, parameters: Any) -> Any:  # noqa: ANN401 - as above
        """See `SqlConnection`."""
        await self._storage.pass_a_moment()
        return await self._storage.turns.take(
            self._session, lambda: self._session.connection.exec_driver_sql(statement, parameters)
        )
