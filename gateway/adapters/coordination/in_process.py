"""Wake-ups between tasks of one process."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class InProcessWakeups:
    """The port `Wakeups` for one event loop: no ring is lost while the process lives.

    A ring wakes everybody who waits on the topic; when nobody does, it is kept (once) for the next who
    comes. Call both methods on the event loop's own thread.
    """

    def __init__(self) -> None:
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._rung: set[str] = set()

    def ring(self, topic: str) -> None:
        """Wake all who wait on the topic, or let the next return at once."""
        waiting = self._waiting.pop(topic, None)
        if not waiting:
            self._rung.add(topic)
            return
        for bell in waiting:
            bell.set_result(None)

    async def wait(self, topic: str, timeout_seconds: float) -> None:
        """Return at the next ring, or after the timeout."""
        if topic in self._rung:
            self._rung.remove(topic)
            return
        bell = asyncio.get_running_loop().create_future()
        self._waiting[topic].add(bell)
        try:
            await asyncio.wait([bell], timeout=timeout_seconds)
        except asyncio.CancelledError:
            if bell.done():
                # Rung and cancelled in the same moment: the ring belongs to whoever waits next.
                self.ring(topic)
            raise
        finally:
            self._leave(topic, bell)

    def _leave(self, topic: str, bell: asyncio.Future[None]) -> None:
        waiting = self._waiting.get(topic)
        if waiting is None:
            return
        waiting.discard(bell)
        if not waiting:
            del self._waiting[topic]
