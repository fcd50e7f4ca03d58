"""Signs that somebody presses or plays with ratings (R-16): for a person to look at, never a verdict."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

FEWEST_CALLS: Final = 10
"""Of fewer calls a share says nothing."""
LARGEST_SHARE: Final = 0.2
"""Calls break off, and some callers have hung up; more than this without an offer is an agent's doing."""
BURST_WITHIN: Final = timedelta(minutes=10)
BURST: Final = 8
"""Good ratings of one person in ten minutes: nobody serves so many."""
OFTEN: Final = 5
"""Good ratings of one person from one number in a month."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Whom a sign is about; numbers of staff are an agency's own."""

    agency_code: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Offers:
    """Hotline calls that somebody handled, and how many of them led to the offer to rate."""

    staff: StaffMember
    calls: int
    offered: int

    @property
    def share_without(self) -> float:
        """The share of calls without an offer, 0 to 1."""
        return (self.calls - self.offered) / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class OneNumber:
    """Good ratings of somebody that came from one number, which is told nobody."""

    staff: StaffMember
    ratings: int


@dataclass(frozen=True, slots=True)
class Burst:
    """Many good ratings of somebody in a short while."""

    staff: StaffMember
    ratings: int
    began_at: datetime


def withheld(offers: Iterable[Offers]) -> list[Offers]:
    """Whose calls lead to the offer too seldom, the most seldom first."""
    found = [o for o in offers if o.calls >= FEWEST_CALLS and o.share_without > LARGEST_SHARE]
    return sorted(found, key=lambda o: (-o.share_without, o.staff.agency_code, o.staff.code))


def bursts(ratings: Iterable[tuple[StaffMember, datetime]]) -> list[Burst]:
    """The densest burst of each, the largest first; `ratings` come person by person, in time's order."""
    densest: dict[StaffMember, Burst] = {}
    window: deque[datetime] = deque()
    present: StaffMember | None = None
    for staff, at in ratings:
        if staff != present:
            present = staff
            window.clear()
        window.append(at)
        while at - window[0] > BURST_WITHIN:
            window.popleft()
        known = densest.get(staff)
        if len(window) >= BURST and (known is None or len(window) > known.ratings):
            densest[staff] = Burst(staff, len(window), window[0])
    return sorted(densest.values(), key=lambda b: (-b.ratings, b.staff.agency_code, b.staff.code))
