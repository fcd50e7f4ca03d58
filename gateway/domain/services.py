"""A service 办件: one visit of a handled case, as the business system or a hotline call tells us."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.domain.languages import Language
from gateway.domain.subjects import Subject, SubjectKind

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.ids import ServiceId
    from gateway.domain.phone_numbers import PhoneNumber


ERASED = "erased: older than the retention"
"""The phone problem of a service whose number was erased when its retention ended (R-18)."""
UNREADABLE = "unreadable: no listed key opens it, or it is damaged"
"""The phone problem of a service whose number is there and cannot be read; told, never kept."""


UNTOLD_VISIT = 1
"""The visit that a call or rating is taken to be about where it names none and the service is not known."""


class ServiceKind(Enum):
    """How the service was handled; decides whether a staff member can be rated (R-3, R-4)."""

    HOTLINE = "hotline"
    WINDOW = "window"
    ONLINE = "online"
    KIOSK = "kiosk"

    @property
    def has_staff(self) -> bool:
        """True where a person served the citizen: hotline and window (R-4), not online or kiosk (R-3)."""
        return self in {ServiceKind.HOTLINE, ServiceKind.WINDOW}


@dataclass(frozen=True, slots=True)
class Service:
    """One visit of a service; the pair (service_id, visit_no) is its natural key."""

    service_id: ServiceId
    kind: ServiceKind
    agency_code: str
    """18-character unified social credit code; empty or unknown ones are kept (R-19)."""
    region_code: str
    item: Subject
    staff: Subject | None = None
    phone: PhoneNumber | None = None
    """None when the number is absent or unusable; then no text is ever sent (R-19 keeps the service)."""
    visit_no: int = 1
    batch_id: str | None = None
    theme_id: str | None = None
    completed_at: datetime | None = None
    """None = a visit that did not finish the service: staff may be rated, the item not yet (R-4)."""
    language: Language = Language.CHINESE
    provisional: bool = False
    """True while we know the case number only from a call or a rating, not from the business system."""

    @property
    def rateable_subjects(self) -> tuple[SubjectKind, ...]:
        """What may be rated on this visit, in the order in which it is asked (R-3, R-4)."""
        subjects = []
        if self.completed_at is not None:
            subjects.append(SubjectKind.ITEM)
        if self.staff is not None and self.kind.has_staff:
            subjects.append(SubjectKind.STAFF)
        return tuple(subjects)

    def subject(self, kind: SubjectKind) -> Subject | None:
        """The item or the staff member of this visit."""
        return self.item if kind is SubjectKind.ITEM else self.staff

    @property
    def occasion(self) -> str:
        """Key of what one person rates at once: the theme, the batch, or this visit (R-5, R-6, R-8)."""
        if self.theme_id:
            return f"theme:{self.theme_id}"
        if self.batch_id:
            return f"batch:{self.batch_id}"
        return f"visit:{self.service_id}:{self.visit_no}"

    def slot(self, kind: SubjectKind) -> str:
        """Key of what can be rated once (plus once additionally).

        The item once per completed service; staff once per visit (R-4), and a batch is one visit (R-5).
        """
        if kind is SubjectKind.ITEM:
            return f"item:{self.service_id}"
        if self.batch_id:
            return f"staff:batch:{self.batch_id}"
        return f"staff:visit:{self.service_id}:{self.visit_no}"
