"""Of which invitations nothing is left to rate, whichever way it was rated (R-8)."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.application.ports.database import UnitOfWork
from gateway.application.record_evaluation import is_all_rated
from gateway.domain.ids import InvitationId
from gateway.domain.invitations import Invitation
from gateway.domain.services import Service
from gateway.domain.subjects import SubjectKind


async def rated_by_now(work: UnitOfWork, invitations: Sequence[Invitation]) -> frozenset[InvitationId]:
    """Those that need no rating any more, though their own `rated_at` may not say so.

    A service may have been rated on another visit, or with the batch or theme that a report moved it to.
    """
    unmarked = [i for i in invitations if i.rated_at is None]
    if not unmarked:
        return frozenset(i.invitation_id for i in invitations)
    members = await work.services.of_invitations([i.invitation_id for i in unmarked])
    asked_about = {i.invitation_id: members.get(i.invitation_id) or await _moved(work, i) for i in unmarked}
    slots = {service.slot(SubjectKind.ITEM) for group in asked_about.values() for service in group}
    recorded = {(e.slot, e.sequence): e for e in await work.evaluations.of_slots(slots)}
    return frozenset(
        i.invitation_id
        for i in invitations
        if i.rated_at is not None or is_all_rated(asked_about[i.invitation_id], recorded)
    )


async def _moved(work: UnitOfWork, invitation: Invitation) -> Sequence[Service]:
    """What the invitation asked about, now that another one stands for it."""
    stored = await work.services.get(invitation.lead_service_id, invitation.lead_visit_no)
    return [] if stored is None else [stored.service]
