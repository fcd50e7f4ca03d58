"""Links by which the contact of an agency, and nobody else, comes to a follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.agencies import Contact
from gateway.domain.ids import FollowUpId


@dataclass(frozen=True, slots=True)
class ContactLink:
    """What a link says."""

    follow_up_id: FollowUpId
    contact: str
    """Who got it, as `ContactLinks.name_of` tells them: no address stands in a link."""
    expires_at: datetime


class ContactLinks(Protocol):
    """Makes and reads links; the same recipient, follow-up and end always give the same one."""

    def seal(self, follow_up_id: FollowUpId, contact: Contact, expires_at: datetime) -> str:
        """The part of the URL that proves who was written to about what."""
        ...

    def open(self, token: str) -> ContactLink:
        """What a link says; whether its time is over is for the caller to see.

        Raises:
            Unauthentic: it was not made here, or was changed.

        """
        ...

    def name_of(self, contact: Contact) -> str:
        """What links call this contact."""
        ...
