"""An event loop whose time is virtual and whose choices come from a seed.

Time stands still while anything can run, and jumps to the next timer when nothing can. Among the tasks that
are ready one is picked at random, where asyncio would take the first: races are found by running them.
Within a task, and among mere callbacks (which transports rely on to come in order), nothing is reordered.

Timers of the same moment go off in the order in which they were set.

While a real server works for us (`real_work`), time stands still as well, and the loop waits on the sockets
once nothing else can run. How many callbacks its answer takes, and when, is no affair of the seed's: those of
a `REAL` context run as they come, without a draw, and their timers are never due.
"""

from __future__ import annotations

import asyncio
import heapq
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from itertools import count
from typing import Any, TypeAlias, TypeVar, TypeVarTuple

from gateway.simulation.chance import Chance
from gateway.simulation.lives import LIFE, Life, clear_away

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_Coroutine: TypeAlias = Any
"""What asyncio hands to a task factory."""
_Handle: TypeAlias = Any
"""`asyncio.Handle`, of which the stubs do not tell enough."""

REAL: ContextVar[bool] = ContextVar("real", default=False)
"""Whether the code that runs talks with a real server."""
_SOCKET_PATIENCE_SECONDS = 30.0
"""Real seconds for which a real server may keep a simulation waiting."""


class Deadlock(Exception):  # noqa: N818 - what it is
    """Nothing is ready, no timer is set and nobody outside works: the simulation would wait forever."""


class SimulationLoop(asyncio.SelectorEventLoop):
    """Runs tasks in virtual time, deterministically from `chance`; see the module."""

    # What asyncio's own loop keeps, and its stubs do not tell.
    _ready: deque[Any]
    _scheduled: list[Any]
    _stopping: bool
    _selector: selectors.BaseSelector
    _process_events: Callable[[Any], None]

    def __init__(self, chance: Chance) -> None:
        self._now = 0.0
        super().__init__(selectors.DefaultSelector())
        self._fraction = chance.fraction
        self._queue: list[Any] = []
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timers_set = count()
        self._working = 0
        self._is_real = False
        """Whether any real server ever worked for us."""
        self._pauses: list[tuple[float, asyncio.Future[None]]] = []
        self.steps = 0
        """Callbacks run so far."""
        self.on_crash: Callable[[Life], None] = lambda _: None
        self.faults: list[dict[str, Any]] = []
        """What went wrong in tasks that nobody awaited."""
        self.set_exception_handler(lambda _, context: self.faults.append(context))
        self.set_task_factory(_task_of_its_life)

    def time(self) -> float:
        """Virtual seconds since the world began."""
        return self._now

    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """As asyncio's; one that real code sets is never due: see the module.

        asyncio's heap of timers orders equal moments by whatever else lies or lay in it. A driver's time-outs
        lie there too, more or fewer of them the slower its server is.
        """
        timer = super().call_at(when, callback, *args, context=context)
        self._scheduled.clear()
        if not (REAL.get() if context is None else context.get(REAL)):
            heapq.heappush(self._timers, (when, next(self._timers_set), timer))
        return timer

    @contextmanager
    def real_work(self) -> Iterator[None]:
        """Let no virtual time pass while the block awaits a real server."""
        self._working += 1
        self._is_real = True
        try:
            yield
        finally:
            self._working -= 1

    def real_pause(self, seconds: float) -> asyncio.Future[None]:
        """Done after so many real seconds of waiting on sockets, within `real_work`."""
        pause = self.create_future()
        self._pauses.append((time.monotonic() + seconds, pause))
        return pause

    async def getaddrinfo(self, host: Any, port: Any, **hints: Any) -> Any:  # noqa: ANN401 - asyncio's own
        """Asked where we are: another thread's answer would come at a moment that no seed chose."""
        return socket.getaddrinfo(host, port, **hints)

    def _asyncgen_finalizer_hook(self, agen: object) -> None:
        """Let what a crash left of an asynchronous generator go without a word.

        asyncio would have it closed by a task, whenever Python happens to clear it away: a moment that no
        seed chose.
        """

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run to the end, clear away what still runs, and close."""
        try:
            return self.run_until_complete(main)
        finally:
            clear_away(asyncio.all_tasks(self))
            self.close()

    def _run_once(self) -> None:
        """One turn of asyncio's loop: here exactly one callback, the clock advanced first if need be."""
        ready = self._ready
        queue = self._queue
        if ready:
            queue.extend(ready)
            ready.clear()
        if not queue and not self._stopping:
            self._wait()
            return
        if queue:
            self._run(queue.pop(self._choice(queue)))

    def _choice(self, queue: list[Any]) -> int:
        count = len(queue)
        if count == 1:
            return 0
        if self._is_real:
            for place, handle in enumerate(queue):
                if handle._context.get(REAL):
                    return place
        chosen = int(self._fraction() * count)
        if _is_of_a_task(queue[chosen]):
            return chosen
        # The oldest mere callback: those keep their order.
        return next(place for place, handle in enumerate(queue) if not _is_of_a_task(handle))

    def _run(self, handle: _Handle) -> None:
        if handle._cancelled:
            return
        life = handle._context.get(LIFE)
        if life is not None:
            if life.dead:
                return
            life.steps += 1
            if life.dies_at is not None and life.steps >= life.dies_at:
                life.end()
                self.on_crash(life)
                return
        if not handle._context.get(REAL):
            self.steps += 1
        handle._run()

    def _wait(self) -> None:
        """Let the sockets or the next timer make something ready."""
        if self._working:
            self._wait_for_real()
            return
        while self._timers:
            when, _, timer = heapq.heappop(self._timers)
            if timer.cancelled() or _is_dead(timer):
                continue
            self._now = max(self._now, when)
            self._queue.append(timer)
            return
        raise Deadlock("nothing is ready and no timer is set")

    def _wait_for_real(self) -> None:
        """Until a socket has something for us, or the shortest pause is over."""
        self._pauses = [(end, pause) for end, pause in self._pauses if not pause.done()]
        now = time.monotonic()
        patience = min([end - now for end, _ in self._pauses], default=_SOCKET_PATIENCE_SECONDS)
        events = self._selector.select(max(0.0, patience))
        self._process_events(events)
        if events:
            return
        if not self._pauses:
            raise Deadlock(f"a real server did not answer within {_SOCKET_PATIENCE_SECONDS:.0f} s")
        _, pause = min(self._pauses, key=lambda one: one[0])
        pause.set_result(None)


def _is_of_a_task(handle: _Handle) -> bool:
    return isinstance(getattr(handle._callback, "__self__", None), asyncio.Task)


def _is_dead(handle: _Handle) -> bool:
    life = handle._context.get(LIFE)
    return life is not None and life.dead


def _task_of_its_life(
    loop: asyncio.AbstractEventLoop, coro: _Coroutine, *, context: Context | None = None
) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, context=context)
    life = context.get(LIFE) if context is not None else LIFE.get()
    if life is not None:
        life.take(task)
    return task
