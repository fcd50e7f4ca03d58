"""The time."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; the demonstration and the tests have one that can be moved."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...
