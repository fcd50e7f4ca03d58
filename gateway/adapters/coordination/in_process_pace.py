"""Turns of one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from gateway.domain.pace import Rate, Turns, take_turns

_MOST_LINES: Final = 10_000
"""Beyond it those are forgotten that rest; callers choose their addresses, and must not fill our memory."""


def _microseconds() -> int:
    return time.monotonic_ns() // 1000


class InProcessPace:
    """The port `Pace` for one process."""

    def __init__(self, microseconds: Callable[[], int] = _microseconds) -> None:
        self._now = microseconds
        self._paid_at: dict[str, int] = {}

    async def take(self, line: str, rate: Rate, wanted: int, *, spare: int = 0) -> Turns:
        """Take up to `wanted` turns now; see the port."""
        return self._count(line, rate, wanted, spare=spare)

    async def use(self, line: str, rate: Rate, turns: int) -> None:
        """Count what was used beyond one's turns; see the port."""
        self._count(line, rate, 0, used=turns)

    def forget(self) -> None:
        """Remember nothing: every line is as at the start."""
        self._paid_at.clear()

    def _count(self, line: str, rate: Rate, wanted: int, *, spare: int = 0, used: int = 0) -> Turns:
        now = self._now()
        if len(self._paid_at) >= _MOST_LINES and line not in self._paid_at:
            self._tidy(now)
        self._paid_at[line], turns = take_turns(
            self._paid_at.get(line), rate, now, wanted, spare=spare, used=used
        )
        return turns

    def _tidy(self, now: int) -> None:
        self._paid_at = {line: paid_at for line, paid_at in self._paid_at.items() if paid_at > now}
        while len(self._paid_at) >= _MOST_LINES:
            del self._paid_at[next(iter(self._paid_at))]
