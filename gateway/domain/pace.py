"""How fast something may go: a rate with a burst, and the arithmetic of taking turns at it.

The arithmetic is that of the generic cell rate algorithm (ITU-T I.371): one moment is remembered, the one
at which everything taken so far will have been paid for. Times are whole microseconds of any clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

_MICROSECONDS: Final = 1_000_000
LARGEST_DEBT: Final = 60 * _MICROSECONDS
"""Microseconds. What was used beyond one's turns is paid for later; more is a leap of the clock."""
_BURST_SECONDS: Final = 0.2
_SMALLEST_BURST: Final = 2
"""One for whoever goes on, one kept for whoever goes before."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many turns a second, and so many at once after a rest."""

    per_second: float
    burst: int
    starts_full: bool = False
    """Whether a line that nobody remembers has its burst at once: right for callers of ours, wrong for a
    carrier, where each loss of memory would add a burst."""

    @classmethod
    def of_carrier(cls, per_second: float) -> Rate:
        """As even as is of use: no more at once than what a fifth of a second brings."""
        return cls(per_second, max(_SMALLEST_BURST, ceil(per_second * _BURST_SECONDS)))

    @property
    def interval(self) -> int:
        """Microseconds that one turn costs."""
        return ceil(_MICROSECONDS / self.per_second)

    @property
    def reserve(self) -> int:
        """Turns that those who can wait leave to those who cannot."""
        return self.burst // 2

    def share(self, nodes: int) -> Rate:
        """What each of several may do without knowing of the others."""
        return Rate(self.per_second / nodes, max(1, self.burst // nodes), self.starts_full)


@dataclass(frozen=True, slots=True)
class Turns:
    """What was granted."""

    granted: int
    left: int = 0
    """How many more could be taken at once; below 0 while a debt is paid."""
    wait_seconds: float = 0.0
    """Until the next can be taken."""


def take_turns(
    paid_at: int | None, rate: Rate, now: int, wanted: int, *, spare: int = 0, used: int = 0
) -> tuple[int, Turns]:
    """Count `used` turns that nobody was asked for (below 0: given back), then take up to `wanted`.

    `spare` turns are left to others. `paid_at` is what the last taking left, None when nobody remembers.
    Returns what to remember, and the turns.
    """
    exhausted = now + rate.burst * rate.interval
    if paid_at is None:
        paid_at = now if rate.starts_full else exhausted
    paid_at = min(max(paid_at, now), exhausted + LARGEST_DEBT)
    paid_at = max(paid_at + used * rate.interval, now)
    granted = max(0, min(wanted, (exhausted - paid_at) // rate.interval - spare))
    paid_at += granted * rate.interval
    left = (exhausted - paid_at) // rate.interval
    wait = 0 if left > spare else paid_at + (1 + spare) * rate.interval - exhausted
    return paid_at, Turns(granted, left, wait / _MICROSECONDS)
