"""Where visits of services are kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import InvitationId, ServiceId
from gateway.domain.services import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredService:
    """A service with what registration added."""

    service: Service
    fingerprint: str
    """Digest of the document it came from: tells a repeat from a conflict."""
    invitation_id: InvitationId
    phone_problem: str
    """Why there is no usable number; empty when there is one."""
    registered_at: datetime


class Services(Protocol):
    """Visits of services."""

    async def get(self, service_id: ServiceId, visit_no: int) -> StoredService | None:
        """One visit."""
        ...

    async def visits(self, service_id: ServiceId) -> list[StoredService]:
        """All visits of a service, the latest last."""
        ...

    async def of_invitations(
        self, invitation_ids: Collection[InvitationId]
    ) -> dict[InvitationId, list[Service]]:
        """The services of each invitation - one, a batch's or a theme's - without their numbers."""
        ...

    async def add(self, stored: StoredService) -> None:
        """A new visit."""
        ...

    async def replace(self, stored: StoredService) -> None:
        """The same visit with what was learnt since."""
        ...
