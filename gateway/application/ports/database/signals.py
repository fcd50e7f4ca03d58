"""Where signs of pressure and play are counted (R-16)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.bureau.signals import Offers, OneNumber, StaffMember
from gateway.domain.phone_numbers import PhoneNumber


class Signals(Protocol):
    """Counts over a span of time, its end left out; no number leaves the database."""

    async def offers(self, since: datetime, until: datetime) -> list[Offers]:
        """Hotline calls that ended, by who handled them, and how many led to a rating call."""
        ...

    async def from_one_number(self, since: datetime, until: datetime, at_least: int) -> list[OneNumber]:
        """Good ratings of staff that came so often from one and the same number, most first."""
        ...

    async def from_numbers(
        self, since: datetime, until: datetime, numbers: Sequence[PhoneNumber]
    ) -> list[OneNumber]:
        """How many ratings of each staff member came from these numbers together, most first."""
        ...

    def good_ratings(self, since: datetime, until: datetime) -> AsyncIterator[tuple[StaffMember, datetime]]:
        """When each good rating of staff was given, person by person, in time's order."""
        ...
