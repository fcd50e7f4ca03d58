"""Where offers to rate are kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import InvitationId
from gateway.domain.invitations import Invitation
from gateway.domain.phone_numbers import PhoneNumber


class Invitations(Protocol):
    """Offers to rate."""

    async def get(self, invitation_id: InvitationId) -> Invitation | None:
        """One invitation."""
        ...

    async def lock(self, invitation_ids: Collection[InvitationId]) -> dict[InvitationId, Invitation]:
        """Invitations that nobody else changes until this transaction ends."""
        ...

    async def hold(self, invitation_ids: Collection[InvitationId]) -> None:
        """The same without looking at them."""
        ...

    async def mark_rated(self, invitation_ids: Collection[InvitationId], now: datetime) -> int:
        """Nothing of these is left unrated: waiting reminders are cancelled; how many were."""
        ...

    async def of_phone(self, phone: PhoneNumber, limit: int) -> list[Invitation]:
        """A person's invitations, newest first, locked as by `lock`.

        Beyond the limit, what they were texted about and have not rated goes before the rest.
        """
        ...

    async def id_for(self, occasion: str, phone: PhoneNumber | None) -> InvitationId:
        """The id of the invitation of one person to one occasion: an existing one, or the one to add."""
        ...

    async def lock_for(
        self, occasion: str, phone: PhoneNumber | None
    ) -> tuple[InvitationId, Invitation | None]:
        """The same id, and its invitation, that nobody else changes until this transaction ends, if any."""
        ...

    async def add(self, invitation: Invitation) -> None:
        """A new invitation."""
        ...

    async def update(self, invitations: Collection[Invitation]) -> None:
        """The same invitations, later."""
        ...

    async def due_reminders(self, now: datetime, limit: int) -> list[Invitation]:
        """Invitations whose reminder is due, longest due first, locked; waits while another worker judges."""
        ...

    async def texted_and_unrated(self, phones: Collection[PhoneNumber], since: datetime) -> list[Invitation]:
        """Invitations of these people that were texted about since then and not rated: letters in use."""
        ...

    async def these(self, invitation_ids: Collection[InvitationId]) -> list[Invitation]:
        """Invitations as they are, which others may change meanwhile."""
        ...

    async def next_reminder_at(self) -> datetime | None:
        """When the next reminder falls due."""
        ...
