"""Which follow-ups are listed, and in what order: what is owed first, the longest overdue before all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.channels import Channel
    from gateway.domain.follow_ups import FollowUp, FollowUpState
    from gateway.domain.levels import Level
    from gateway.domain.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpFilter:
    """What is asked for; what is left out is not asked about."""

    agency_code: str = ""
    subject_code: str = ""
    """The item or staff member that was rated."""
    state: FollowUpState | None = None
    level: Level | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Opened before this."""
    overdue_at: datetime | None = None
    """Only what was owed by then and is not done."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ended."""

    due_at: datetime | None
    opened_at: datetime
    follow_up_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFollowUp:
    """One line of the list; nothing in it leads to the citizen."""

    follow_up: FollowUp
    due_at: datetime | None
    """Until when the agency owes its next step; None when it owes nothing."""
    subject: Subject
    level: Level | None
    channel: Channel

    @property
    def place(self) -> Place:
        """Where the list goes on behind it."""
        return Place(self.due_at, self.follow_up.opened_at, self.follow_up.follow_up_id)


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page of the list, as far as it was looked through."""

    rows: tuple[ListedFollowUp, ...]
    looked_to: Place | None = None
    """Where looking stopped before the page was full; None where it is full, or nothing is left."""
