"""Whether Redis is there: noticed once for everything that goes by it, told once on the way down and up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from gateway.domain.errors import Unavailable

log = structlog.get_logger()


class RedisPresence:
    """What is known of Redis; whoever talks to it says what they saw, and whoever needs it looks here."""

    def __init__(self, noticed: Callable[[bool], None] = lambda _: None) -> None:
        self._noticed = noticed
        self._there: bool | None = None
        self.judged = asyncio.Event()
        """Set once it was found or lost for the first time."""
        self.doubted = asyncio.Event()
        """Set while somebody could not reach it whom its watcher has not heard yet."""
        self.times_found = 0
        """Counts up each time it comes, or comes back."""

    @property
    def is_there(self) -> bool:
        """Whether it did what it was last asked."""
        return self._there is True

    def found(self) -> bool:
        """It does what is asked of it; True when it has come back."""
        if self._there:
            return False
        is_back = self._there is False
        if is_back:
            log.info("redis_back")
        self.times_found += 1
        self._judge(there=True)
        return is_back

    def lost(self, why: str) -> None:
        """It does not do what is asked of it."""
        if self._there is not False:
            log.warning(
                "redis_lost", why=why, meanwhile="each process polls, and keeps to its share of paces"
            )
            self._judge(there=False)

    def doubt(self, why: str) -> None:
        """It failed somebody: it counts as lost until its watcher has found it anew."""
        self.lost(why)
        self.doubted.set()

    async def check(self) -> None:
        """Raise Unavailable while it is away; known within seconds, never asked."""
        if not self._there:
            raise Unavailable(
                "Redis is away; processes do not wake each other, and poll meanwhile; "
                "each keeps to its share of every pace"
            )

    def _judge(self, *, there: bool) -> None:
        self._there = there
        self._noticed(there)
        self.judged.set()
