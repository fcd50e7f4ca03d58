"""Links by which the contact of an agency, and nobody else, comes to a follow-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from gateway.domain.agencies import Contact
from gateway.domain.follow_ups import FollowUp
from gateway.domain.ids import FollowUpId

PageOf: TypeAlias = Callable[[FollowUp, Contact, datetime], str]
"""The address of a contact's own page of a follow-up, for what is written to them at this moment."""


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
