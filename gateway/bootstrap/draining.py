"""How a process ends: all its parts at the same time, within one deadline."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

log = structlog.get_logger()

LETTING_GO: Final = timedelta(seconds=8)
"""What is cut short may take this long to end: it rolls back, and calls go back to the dial plan."""
CLOSING: Final = timedelta(seconds=2)
"""What closing databases and connections may take after all that, before the process ends by force."""
LAST_WORDS: Final = timedelta(seconds=1)
"""What telling of the end by force may take: nobody may read the log any more."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is at work until it is stopped."""

    name: str
    stop: Callable[[], Awaitable[None]]
    """Takes on nothing more and returns when the last is done; cancelled, it lets go of what is left."""
    left: Callable[[], int]
    """How many are under way."""


class Drain:
    """Stops the parts of a process.

    Side by side, so that none takes the time of another. What the last requests record is delivered by
    another worker, or after the next start: it waits in the outbox.
    """

    def __init__(self, patience: timedelta, hurry: asyncio.Event) -> None:
        self._patience = patience
        self._hurry = hurry
        self._parts: list[Part] = []

    def add(self, part: Part) -> None:
        """Stop this, too."""
        self._parts.append(part)

    async def __call__(self) -> None:
        """Return when all have stopped: by themselves, or cut short at the deadline, or when hurried."""
        if not self._parts:
            return
        stopping = {asyncio.create_task(_stop(part), name=part.name): part for part in self._parts}
        try:
            await self._ended(stopping)
        finally:
            await self._cut({task: part for task, part in stopping.items() if not task.done()})

    async def _ended(self, stopping: Iterable[asyncio.Task[None]]) -> None:
        hurried = asyncio.create_task(self._hurry.wait())
        all_ended = asyncio.create_task(asyncio.wait(stopping))
        try:
            await asyncio.wait(
                [all_ended, hurried],
                timeout=self._patience.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            hurried.cancel()
            all_ended.cancel()

    async def _cut(self, stopping: dict[asyncio.Task[None], Part]) -> None:
        if not stopping:
            return
        log.warning(
            "drain_cut_short",
            why="told again to stop" if self._hurry.is_set() else "worker.drain is over",
            left={part.name: part.left() for part in stopping.values()},
        )
        for task in stopping:
            task.cancel()
        _, stuck = await asyncio.wait(stopping, timeout=LETTING_GO.total_seconds())
        for task in stuck:
            task.cancel()
        if stuck:
            log.error("drain_stuck", parts=[stopping[task].name for task in stuck])


async def _stop(part: Part) -> None:
    try:
        await part.stop()
    except Exception:
        # The others, and the databases, are to be closed all the same.
        log.exception("stop_failed", part=part.name)


class StopOrders:
    """SIGTERM and SIGINT: the first asks to drain for so long, another to let go of everything at once."""

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self.stop = asyncio.Event()
        self.hurry = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.told)

    def told(self) -> None:
        """Told to stop, for the first time or again; whatever the process does, its end is set from here."""
        if self.stop.is_set():
            self.hurry.set()
        end_by_force_after(timedelta() if self.hurry.is_set() else self._patience)
        self.stop.set()

    async def allow(self, start: Coroutine[Any, Any, object]) -> bool:
        """Whether it came to its end; told to stop before, it is cancelled, and has let go on return."""
        starting = asyncio.create_task(start, name="start")
        told = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait([starting, told], return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
            if not starting.done():
                starting.cancel()
        await asyncio.wait([starting])
        if starting.cancelled():
            return False
        starting.result()
        return True


def end_by_force_after(patience: timedelta) -> None:
    """End the process if it still lives when its drain of so long has to be over.

    A thread that waits for a network that is gone cannot be cancelled, and Python waits for it. Everything
    that counts is in the database: it is as if the supervisor had killed us, sooner.
    """
    timer = threading.Timer((patience + LETTING_GO + CLOSING).total_seconds(), _end_by_force)
    timer.daemon = True
    timer.start()


def _end_by_force() -> None:
    telling = threading.Thread(target=_tell_of_force, name="last-words", daemon=True)
    telling.start()
    telling.join(LAST_WORDS.total_seconds())
    # As after any other drain: it was asked for, and nothing is lost by it.
    os._exit(0)


def _tell_of_force() -> None:
    log.critical("ended_by_force", why="something did not let go")
