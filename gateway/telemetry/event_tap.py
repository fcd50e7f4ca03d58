"""Recent log events for whoever watches: the demonstration's timeline is drawn from them."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Final

_CAPACITY: Final = 500


@dataclass(frozen=True, slots=True)
class TappedEvent:
    """One log event as it was written, masked."""

    number: int
    """Counts up from 1 without gaps, so that a watcher who lost the line can go on where it was."""
    fields: Mapping[str, object]


class EventTap:
    """Keeps the last events and hands new ones to followers; a processor of the log chain.

    Events may come from any thread; each follower is woken in its own event loop. A follower who does not
    keep up misses the oldest and sees it from the numbers.
    """

    def __init__(self, capacity: int = _CAPACITY) -> None:
        self._events: deque[TappedEvent] = deque(maxlen=capacity)
        self._count = 0
        self._lock = threading.Lock()
        self._followers: set[_Follower] = set()

    def __call__(
        self, logger: object, method: str, event: MutableMapping[str, object]
    ) -> MutableMapping[str, object]:
        """Take note of an event and pass it on unchanged, as structlog's processors do."""
        del logger, method
        with self._lock:
            self._count += 1
            self._events.append(TappedEvent(self._count, dict(event)))
            followers = tuple(self._followers)
        for follower in followers:
            follower.wake()
        return event

    def recent(self, after: int = 0) -> tuple[TappedEvent, ...]:
        """The kept events with a number above `after`, the oldest first."""
        with self._lock:
            return tuple(event for event in self._events if event.number > after)

    async def follow(self, after: int = 0) -> AsyncIterator[TappedEvent]:
        """The kept events with a number above `after`, then every new one, until the caller stops."""
        follower = _Follower(asyncio.get_running_loop())
        with self._lock:
            self._followers.add(follower)
        try:
            while True:
                for event in self.recent(after):
                    after = event.number
                    yield event
                await follower.wait()
        finally:
            with self._lock:
                self._followers.discard(follower)


class _Follower:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._news = asyncio.Event()

    def wake(self) -> None:
        # A loop that has ended has nobody left to wake.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def wait(self) -> None:
        await self._news.wait()
        self._news.clear()
