"""How often each level was given, and what is told of small groups."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from gateway.domain.levels import Level

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


class Dimension(Enum):
    """By what ratings are grouped."""

    REGION = "region"
    AGENCY = "agency"
    ITEM = "item"
    STAFF = "staff"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often each level was given."""

    counts: Mapping[Level, int] = field(default_factory=dict)

    def of(self, level: Level) -> int:
        """How often this one was."""
        return self.counts.get(level, 0)

    @property
    def total(self) -> int:
        """All ratings."""
        return sum(self.counts.values())

    @property
    def satisfaction_rate(self) -> float | None:
        """The share of ratings on the good side, 0 to 1; None without ratings."""
        good = sum(count for level, count in self.counts.items() if not level.is_bad)
        return good / self.total if self.total else None

    @property
    def points(self) -> float | None:
        """The average of the plan's points, 0 to 10 (R-1); None without ratings."""
        earned = sum(level.points * count for level, count in self.counts.items())
        return earned / self.total if self.total else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(dict(Counter(self.counts) + Counter(other.counts)))


@dataclass(frozen=True, slots=True)
class Group:
    """The ratings of one county, agency, item, staff member or channel."""

    key: str
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Published:
    """Groups as they may be shown, and what is told only together."""

    groups: tuple[Group, ...]
    rest: Tally
    """The ratings of all groups too small to be shown."""
    rest_groups: int


def publish(
    groups: Iterable[Group], smallest: int, whole_of: Callable[[Group], str] = lambda _: ""
) -> Published:
    """Groups of at least so many ratings, largest first; the others only as one sum (R-18).

    What is kept back of one whole (the agencies of a county, the staff of an agency; `whole_of` names it),
    and of all together, adds up to at least `smallest`, or it would show by subtraction what a small group
    said: the next larger group is then kept back with it.
    """
    ordered = sorted(groups, key=lambda group: (-group.tally.total, group.key))
    shown = [group for group in ordered if group.tally.total >= smallest]
    kept_back = [group for group in ordered if group.tally.total < smallest]
    for whole in sorted({whole_of(group) for group in kept_back}):
        left = [group for group in shown if whole_of(group) == whole]
        while left and _kept_of(kept_back, whole, whole_of) < smallest:
            shown.remove(left[-1])
            kept_back.append(left.pop())
    while shown and kept_back and sum_of(kept_back).total < smallest:
        kept_back.append(shown.pop())
    return Published(tuple(shown), sum_of(kept_back), len(kept_back))


def _kept_of(kept_back: Sequence[Group], whole: str, whole_of: Callable[[Group], str]) -> int:
    return sum(group.tally.total for group in kept_back if whole_of(group) == whole)


def sum_of(groups: Sequence[Group]) -> Tally:
    """The ratings of all of them."""
    return sum((group.tally for group in groups), Tally())
