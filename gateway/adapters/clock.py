"""Clocks: the machine's, and one that the demonstration can move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.application.ports.clock import Clock


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """A clock that runs with another one, ahead of it by what it was moved; it never goes backwards.

    `start` is what it shows first (None = what `base` shows); it must be aware.

    Raises:
        ValueError: `start` has no time zone.

    """

    def __init__(self, start: datetime | None, base: Clock) -> None:
        self._base = base
        if start is not None and start.tzinfo is None:
            raise ValueError("the start of a clock needs a time zone")
        self._latest = base.now() if start is None else start.astimezone(UTC)
        self._ahead = self._latest - base.now() if start is not None else timedelta(0)

    def now(self) -> datetime:
        """The moment it shows, in UTC; should `base` be set back, it waits until `base` has caught up."""
        self._latest = max(self._latest, self._base.now() + self._ahead)
        return self._latest

    def advance(self, by: timedelta) -> datetime:
        """Move forward; returns the new moment.

        Raises:
            ValueError: `by` is negative; nothing that has happened can be undone.

        """
        if by < timedelta(0):
            raise ValueError("time only goes forward")
        self._ahead += by
        return self.now()
