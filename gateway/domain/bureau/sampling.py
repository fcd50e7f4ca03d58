"""Drawing a random sample that anybody can draw again (R-13)."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from gateway.domain.figures.month import Month
    from gateway.domain.ids import FollowUpId

LARGEST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was drawn, by whom, from what, with which seed."""

    sample_id: str
    drawn_at: datetime
    drawn_by: str
    """Login name."""
    seed: str
    month: Month
    """The month in which the follow-ups were opened."""
    agency_code: str
    """Empty: of all agencies."""
    population: int
    """How many there were to draw from."""
    population_digest: str
    """Of their numbers in order, so that a later drawing can tell whether it draws from the same."""
    follow_up_ids: tuple[FollowUpId, ...]
    """What was drawn, in the order of drawing."""


def draw(seed: str, population: Collection[FollowUpId], size: int) -> tuple[FollowUpId, ...]:
    """So many of the population, each as likely as any other; the same for the same seed.

    Each number is ranked by SHA-256 over seed and number: a sample of twenty begins with the sample of ten,
    and no generator of random numbers has to be kept as it is for that.
    """
    ranked = sorted(set(population), key=lambda number: sha256(f"{seed} {number}".encode()).digest())
    return tuple(ranked[:size])


def digest_of_population(population: Collection[FollowUpId]) -> str:
    """Tells whether two populations are the same."""
    return sha256("\n".join(sorted(population)).encode()).hexdigest()
