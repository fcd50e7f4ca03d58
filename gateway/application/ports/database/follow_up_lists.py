"""Lists of follow-ups, for those who watch over all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.listing import FollowUpFilter, ListedPage, Place


class FollowUpLists(Protocol):
    """Follow-ups by what the bureau asks for."""

    async def page(self, wanted: FollowUpFilter, after: Place | None, limit: int) -> ListedPage:
        """So many behind a place: what is owed, by its deadline; then all others, the newest first.

        What is asked of the rating itself is not found by an index: looking through too many stops.
        """
        ...

    async def open_counts(self) -> Mapping[FollowUpState, int]:
        """How many there are in each state but closed."""
        ...
