"""How often each level was given, by whatever ratings are grouped by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from gateway.domain.levels import Level

if TYPE_CHECKING:
    from collections.abc import Mapping


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
class Place:
    """Where ratings were given."""

    region_code: str
    agency_code: str


@dataclass(frozen=True, slots=True)
class Group:
    """The ratings of one county, agency, item, staff member or channel."""

    key: str
    name: str
    tally: Tally
    raters: Mapping[Place, int] = field(default_factory=dict)
    """How many people they are of, by where they rated; who rated a batch is one of them (R-5)."""

    @property
    def size(self) -> int:
        """How many people they are of."""
        return sum(self.raters.values())
