"""What the bureau draws, and what it counts to see what repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from gateway.domain.bureau.sampling import Sample
from gateway.domain.ids import FollowUpId


class RepeatKind(Enum):
    """By what bad ratings are counted (R-15)."""

    AGENCY = "agency"
    ITEM = "item"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Somebody or something that was rated badly more than once."""

    agency_code: str
    """Empty for an item, which several agencies may handle."""
    code: str
    name: str
    """As last recorded; empty for an agency."""
    bad: int
    overdue: int
    """How many of their follow-ups owe something that was due by now."""


class Oversight(Protocol):
    """Samples, and repetition."""

    async def judged(self, since: datetime, until: datetime, agency_code: str) -> list[FollowUpId]:
        """Follow-ups opened within the span that have a verdict and owe nothing, of an agency or of all."""
        ...

    async def add_sample(self, sample: Sample) -> None:
        """Keep what was drawn."""
        ...

    async def sample(self, sample_id: str) -> Sample | None:
        """One sample."""
        ...

    async def samples(self, limit: int) -> list[Sample]:
        """The newest."""
        ...

    async def repeats(
        self, kind: RepeatKind, since: datetime, at_least: int, now: datetime
    ) -> Sequence[Repeat]:
        """Whoever was rated badly at least so often since then, by ratings that count; most often first."""
        ...
