"""Waking the workers when something was queued, so that nobody waits for a poll."""

from __future__ import annotations

from typing import Final, Protocol

EVALUATIONS: Final = "evaluations"
"""The bell that a commit rings when it recorded an evaluation."""


class Wakeups(Protocol):
    """A bell per topic. A ring may be lost (crash, Redis gone): waiters also poll."""

    def ring(self, topic: str) -> None:
        """Wake whoever waits on the topic, or let the next waiter return at once."""
        ...

    async def wait(self, topic: str, timeout_seconds: float) -> None:
        """Return at the next ring, or after the timeout."""
        ...
