"""A connection-driven provider of calls: it holds the connection and brings callers by itself."""

from __future__ import annotations

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

    def calls(self) -> int:
        """How many are under way."""
        ...

    async def stop(self) -> None:
        """Take no more calls, wait until those under way have ended, and disconnect.

        Cancelled, it waits no longer: it leaves them to the dial plan, and disconnects.
        """
        ...

    async def check(self) -> None:
        """Return while it is connected, or was never started; raises Unavailable with the reason."""
        ...
