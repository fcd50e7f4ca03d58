"""What an agency is told about a rating (R-10): all it needs to act, nothing on who rated (R-18)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.channels import Channel
    from gateway.domain.ids import FollowUpId, ServiceId
    from gateway.domain.levels import Level
    from gateway.domain.subjects import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRatingNotice:
    """A bad rating, for those who must follow it up.

    There is no field for a phone number on purpose: what is not here cannot be mailed.
    """

    follow_up_id: FollowUpId
    agency_name: str
    region_code: str
    item_name: str
    """Empty when the business system never named the item (R-19)."""
    item_code: str
    service_id: ServiceId
    subject: Subject
    """What was rated: the item itself, or a staff member who handled it."""
    level: Level
    channel: Channel
    evaluated_at: datetime
    comment: str
    """The citizen's own words, as they came; empty when there are none."""
    reason: str
    """What the caller chose from the phone menu, as the menu says it; empty when nothing."""
    recording_left: bool
    """True when the caller left a spoken message."""
    acknowledge_by: datetime
    call_back_by: datetime
    rectify_by: datetime | None = None
    unknown_agency: bool
    """True when no agency of the configuration matches and the bureau gets the notice instead (R-19)."""
    sequence: int
    """1 for the first evaluation, 2 for the additional one (R-9)."""
    batch_count: int
    """How many services the rating applies to (R-5, R-6); 1 when only to its own."""
