"""Takes turns at a real PostgreSQL: one piece of work at a time, in an order that the seed chose.

The server answers in real time, which no seed governs. So nothing depends on how long it takes: virtual time
stands still, everything else that is ready runs first, and the next piece begins when this one is done, or
when the server says that it waits for a lock. Then it is left waiting, virtual time goes on, and after each
further piece it is seen whether it still waits. So statements of several transactions interleave as they do
in life, and the same seed interleaves them alike.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gateway.simulation.loop import REAL, Deadlock, SimulationLoop

if TYPE_CHECKING:
    from gateway.adapters.database.scratch_postgresql import DrivenServer, DrivenSession

T = TypeVar("T")

_GLANCE_SECONDS: Final = 0.004
"""Real seconds after which a piece that is not done may be waiting for a lock."""
_MOST_GLANCES: Final = 10_000
LOCK_PATIENCE_SECONDS: Final = 6.0
"""Virtual seconds for which a statement waits for a lock, as in production."""


class _Piece:
    """One piece of work for one session."""

    def __init__(self, session: DrivenSession | None, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self.session = session
        self.work = work
        self.task: asyncio.Task[Any] | None = None
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.skip = False
        """Whoever wanted it has died before it began."""
        self.patience: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether the server has not answered yet."""
        return self.task is not None and not self.task.done()

    def finish(self) -> None:
        """Hand the result, where there is one, to whoever still wants it."""
        task = self.task
        if task is None or not task.done() or self.done.done():
            return
        if self.patience is not None:
            self.patience.cancel()
        error = task.exception()
        if error is None:
            self.done.set_result(task.result())
        elif not self.skip:
            self.done.set_exception(error)


class Turns:
    """The queue before the server."""

    def __init__(self, loop: SimulationLoop, server: DrivenServer) -> None:
        self._loop = loop
        self._server = server
        self._pieces: deque[_Piece] = deque()
        self._blocked: list[_Piece] = []
        self._of_session: dict[DrivenSession, _Piece] = {}
        self._bell = loop.create_future()
        self.waits = 0
        """How often a piece had to wait for another transaction's lock."""
        self.given_up = 0
        """How often it waited too long."""
        context = Context()
        context.run(REAL.set, True)
        self._task = loop.create_task(self._serve(), context=context)

    async def take(self, session: DrivenSession | None, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Have a piece of work done in its turn; what it raises is raised here."""
        piece = self._put(session, work)
        result: T = await piece.done
        return result

    def abandon(self, session: DrivenSession) -> Awaitable[None]:
        """Undo the session's transaction: whoever began it is gone, or gives it up."""
        left = self._of_session.get(session)
        if left is not None:
            left.skip = True
        return self._put(session, lambda: self._undo(session, left)).done

    async def close(self) -> None:
        """End all work and close all connections."""
        for piece in self._pieces:
            piece.skip = True
        await self.take(None, self._end)
        self._task.cancel()

    def _put(self, session: DrivenSession | None, work: Callable[[], Coroutine[Any, Any, Any]]) -> _Piece:
        piece = _Piece(session, work)
        if session is not None:
            self._of_session[session] = piece
        self._pieces.append(piece)
        if not self._bell.done():
            self._bell.set_result(None)
        return piece

    async def _serve(self) -> None:
        while True:
            if not self._pieces:
                self._bell = self._loop.create_future()
                await self._bell
                continue
            piece = self._pieces.popleft()
            if piece.skip:
                continue
            with self._loop.real_work():
                piece.task = self._loop.create_task(piece.work())
                await self._settle(piece)
                for waiting in [blocked for blocked in self._blocked if blocked is not piece]:
                    await self._settle(waiting)
            # Together: how far apart the answers came is the server's affair.
            for settled in [piece, *self._blocked]:
                settled.finish()
            self._blocked = [blocked for blocked in self._blocked if blocked.is_running]

    async def _settle(self, piece: _Piece) -> None:
        """Wait until it is done, or for sure waits for a lock."""
        for _ in range(_MOST_GLANCES):
            if piece.is_running:
                glance = self._loop.real_pause(_GLANCE_SECONDS)
                await asyncio.wait([piece.task or glance, glance], return_when=asyncio.FIRST_COMPLETED)
                glance.cancel()
            if not piece.is_running:
                return
            if piece.session is not None and await self._server.is_blocked(piece.session):
                self._leave_waiting(piece)
                return
        raise Deadlock("the database neither answers nor waits for a lock")

    def _leave_waiting(self, piece: _Piece) -> None:
        if piece not in self._blocked:
            self._blocked.append(piece)
            self.waits += 1
            piece.patience = self._loop.call_later(
                LOCK_PATIENCE_SECONDS, self._break_off, piece, context=Context()
            )

    def _break_off(self, piece: _Piece) -> None:
        """It has waited for long enough."""
        self.given_up += 1
        self._put(None, lambda: self._cut_short(piece))

    async def _undo(self, session: DrivenSession, left: _Piece | None) -> None:
        if left is not None:
            await self._cut_short(left)
        await session.rollback()

    async def _cut_short(self, piece: _Piece) -> None:
        """Have the server answer that it was cancelled, where it has not answered."""
        if piece.session is not None and piece.task is not None and not piece.task.done():
            await self._server.cancel(piece.session)
            await asyncio.wait([piece.task])

    async def _end(self) -> None:
        for piece in self._blocked:
            await self._cut_short(piece)
        await self._server.close()
