"""Where figures are drawn from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.channels import Channel
from gateway.domain.figures.tallies import Dimension, Group, Tally
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.history import FollowUpStep


@dataclass(frozen=True, slots=True)
class Response:
    """How many were asked on a channel, and how many of them rated on it."""

    channel: Channel
    asked: int
    answered: int


class Figures(Protocol):
    """Counts over a span of time, its end left out; of ratings only those that are adopted (R-14)."""

    async def ratings(self, since: datetime, until: datetime) -> Tally:
        """All ratings given."""
        ...

    async def additional(self, since: datetime, until: datetime) -> int:
        """How many of them were additional evaluations (R-9)."""
        ...

    async def raters(self, since: datetime, until: datetime) -> int:
        """How many people gave them."""
        ...

    async def groups(self, dimension: Dimension, since: datetime, until: datetime) -> list[Group]:
        """Ratings by county, agency, item, staff member or channel, with how many people gave them where.

        Items and staff are named as last recorded.
        """
        ...

    async def responses(self, since: datetime, until: datetime) -> list[Response]:
        """How many callers and texted citizens rated."""
        ...

    def follow_ups(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[FollowUp, Sequence[FollowUpStep]]]:
        """Follow-ups opened, with their histories without words."""
        ...
