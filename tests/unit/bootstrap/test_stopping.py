"""A process stops within its time, however much it is connected to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

from gateway.application.ports.call_connection import CallConnection
from gateway.bootstrap.serving import _stop_all


class Waiting:
    """Stops once the other stops too (`CallConnection`)."""

    def __init__(self, together: asyncio.Barrier) -> None:
        self._together = together

    async def stop(self, patience: timedelta) -> None:
        """Wait for the other."""
        assert patience == timedelta(seconds=20)
        await self._together.wait()


async def test_pbxs_are_left_at_the_same_time() -> None:
    """One after the other, the last would wait for the callers of all before, and be killed in the end."""
    both = asyncio.Barrier(2)
    connections = [cast("CallConnection", Waiting(both)) for _ in range(2)]

    await _stop_all(connections, timedelta(seconds=20))
