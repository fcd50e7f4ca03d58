"""A connection-driven provider of calls: it holds the connection and brings callers by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class CallConnection(Protocol):
    """One connection to one PBX."""

    @property
    def name(self) -> str:
        """Which one, for logs, figures and readiness."""
        ...

    def start(self) -> None:
        """Connect, and stay connected until it is stopped."""
        ...

    async def stop(self, patience: timedelta) -> None:
        """Take no more calls, end those under way within so much time, and disconnect."""
        ...

    async def check(self) -> None:
        """Return while it is connected, or was never started; raises Unavailable with the reason."""
        ...
