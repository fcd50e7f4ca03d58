"""Addresses to which replies and bounces come back: one for each email, which tells what it was about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.domain.agencies import Contact
from gateway.domain.ids import FollowUpId


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """What such an address says."""

    follow_up_id: FollowUpId
    contact: str
    """Who was written to, as `name_of` tells them: no address stands in an address."""


class ReturnAddresses(Protocol):
    """Makes and reads them."""

    def seal(self, follow_up_id: FollowUpId, contact: Contact) -> str:
        """The address for an email about this to this contact; empty where no mail comes back."""
        ...

    def open(self, address: str) -> ReturnAddress | None:
        """What an address says, whatever has become of its capitals; None when it is none of ours.

        Raises:
            Unauthentic: it has the form of one of ours, but was not made here.

        """
        ...

    def name_of(self, contact: Contact) -> str:
        """What these addresses call this contact."""
        ...
