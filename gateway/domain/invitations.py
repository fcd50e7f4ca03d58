"""An invitation: the offer to one person to rate one occasion, with what is rated frozen into it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.domain.ids import InvitationId

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.ids import ServiceId
    from gateway.domain.languages import Language
    from gateway.domain.phone_numbers import PhoneNumber


class ReminderState(Enum):
    """What became of the one reminder of an invitation (R-8)."""

    NONE = "none"
    """Nothing to remind of: the service is not finished, or there is no usable number."""
    WAITING = "waiting"
    QUEUED = "queued"
    CANCELLED = "cancelled"
    """Rated before it was due, on whichever channel."""
    OPTED_OUT = "opted_out"
    MISFIRED = "misfired"
    """More than the misfire limit late: dropped and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One offer to rate; at most one reminder, at most one clarification."""

    invitation_id: InvitationId
    occasion: str
    phone: PhoneNumber | None
    language: Language
    timezone: str
    """IANA zone of the citizen, for quiet hours."""
    item_name: str
    """Frozen name of the lead service's item, for the reminder's text."""
    lead_service_id: ServiceId
    lead_visit_no: int
    created_at: datetime
    completed_at: datetime | None
    reminder: ReminderState
    remind_at: datetime | None
    """When the reminder falls due; None unless it is waiting."""
    letter: str | None = None
    """The letter its reminder named (回复A1), when the person had more than one open invitation."""
    line: str | None = None
    """The sender line of the last text sent for it, as the carrier names it; or by which a text rated it."""
    texted_at: datetime | None = None
    clarified_at: datetime | None = None
    rated_at: datetime | None = None
    """When nothing of it was left unrated."""

    @property
    def is_themed(self) -> bool:
        """True for 一件事 (R-6)."""
        return self.occasion.startswith("theme:")


def invitation_id(occasion: str, phone_index: str) -> InvitationId:
    """The id of the invitation of one person (keyed index of the number, or empty) to one occasion."""
    return InvitationId(sha256(f"{occasion}\n{phone_index}".encode()).hexdigest()[:32])
