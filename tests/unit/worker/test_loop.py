"""The loop of reminders rests between its rounds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from gateway.adapters.clock import SystemClock
from gateway.application.send_reminders import SendReminders
from gateway.worker.loop import WorkerLoop


class HeldReminders(SendReminders):
    """One is due, and another transaction holds it."""

    def __init__(self) -> None:
        """Without anything to work with."""

    async def __call__(self) -> int:
        """Judge none."""
        return 0

    async def next_due_at(self) -> datetime | None:
        """Long ago."""
        return datetime(2026, 1, 1, tzinfo=UTC)


class Pauses:
    """Bells that nobody rings."""

    def __init__(self) -> None:
        self.first: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    def ring(self, topic: str) -> None:
        """See `Wakeups`."""

    async def wait(self, topic: str, timeout_seconds: float) -> None:
        """Tell how long, and never end."""
        del topic
        self.first.set_result(timeout_seconds)
        await asyncio.Event().wait()


async def test_what_others_hold_is_not_asked_for_again_at_once() -> None:
    """A worker that did would do nothing else, and on SQLite keep everybody from writing."""
    pauses = Pauses()
    loop = WorkerLoop([], HeldReminders(), [], pauses, SystemClock(), poll_seconds=1)
    loop.start()
    try:
        assert 0 < await pauses.first < 1
    finally:
        await loop.stop()
