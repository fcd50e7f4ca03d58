"""Simulated processes as the event loop sees them: every callback belongs to a life, and lives end.

A life is one run of a process, from its start to its crash or stop. Tasks, timers and callbacks inherit it
by their context, so that a crash can do what `kill -9` does: from one callback to the next nothing of the
life runs any more, neither `except` nor `finally`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar, copy_context
from itertools import count
from weakref import WeakValueDictionary

LIFE: ContextVar[Life | None] = ContextVar("life", default=None)
"""Whose code is running; None is the world outside, which never dies."""


class Life:
    """One run of one process."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.dead = False
        self.steps = 0
        """Callbacks run so far."""
        self.dies_at: int | None = None
        """The step before which it crashes."""
        self.doom: int | None = None
        """After how many steps from its next piece of work it crashes."""
        self.troubled_at = float("-inf")
        """When it last lost its database, in virtual seconds."""
        self._begun: WeakValueDictionary[int, asyncio.Task[object]] = WeakValueDictionary()
        """In order, lest a crash clears them away in the order of their addresses."""
        self._beginnings = count()
        self._mourners: dict[int, Callable[[], None]] = {}
        self._mourned = 0

    def on_death(self, tell: Callable[[], None]) -> Callable[[], None]:
        """Have this called when the life ends; returns what takes the wish back."""
        number, self._mourned = self._mourned, self._mourned + 1
        self._mourners[number] = tell
        return lambda: self._mourners.pop(number, None) and None

    def take(self, task: asyncio.Task[object]) -> None:
        """A task of this life begins."""
        self._begun[next(self._beginnings)] = task

    def works(self) -> None:
        """It is doing something now: what awaits it begins to run."""
        if self.doom is not None:
            self.dies_at, self.doom = self.steps + self.doom, None

    def end(self) -> None:
        """Crash: nothing of it runs from now on; whoever was connected notices."""
        if self.dead:
            return
        self.dead = True
        mourners, self._mourners = self._mourners, {}
        for tell in mourners.values():
            tell()
        context = copy_context()
        context.run(LIFE.set, self)
        # Python runs what `finally` holds when it clears a task away: let it do so now, among the dead, where
        # it reaches nobody any more.
        context.run(clear_away, self._begun.values())
        self._begun.clear()


def clear_away(tasks: Iterable[asyncio.Task[object]]) -> None:
    """End tasks that are never to run again, without a word."""
    for task in list(tasks):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        with suppress(Exception):
            task.get_coro().close()
