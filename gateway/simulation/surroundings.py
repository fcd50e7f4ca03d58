"""What a simulated process finds around it: a clock that may be wrong, and bells that may be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.adapters.coordination.in_process import InProcessWakeups

BEGINNING: Final = datetime(2026, 11, 22, 16, tzinfo=UTC)
"""Midnight in Shanghai between a Sunday and a Monday: where every simulated world begins."""


class WorldClock:
    """The port `Clock`: virtual time, as a perfect clock shows it, and as machines with bad ones do."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.ahead = timedelta(0)
        """How far off this one is; a jump of the clock changes it."""

    def now(self) -> datetime:
        """The present moment."""
        return BEGINNING + timedelta(seconds=self._loop.time()) + self.ahead


class ProcessWakeups:
    """The port `Wakeups`: a bell rings in its own process at once, in others by `pass_on`, perhaps never."""

    def __init__(self, pass_on: Callable[[str], None]) -> None:
        self.own = InProcessWakeups()
        self._pass_on = pass_on

    def ring(self, topic: str) -> None:
        """See the port."""
        self.own.ring(topic)
        self._pass_on(topic)

    async def wait(self, topic: str, timeout_seconds: float) -> None:
        """See the port."""
        await self.own.wait(topic, timeout_seconds)
