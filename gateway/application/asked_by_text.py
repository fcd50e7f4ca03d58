"""What a person has been asked about by text: a reminder that has not left has asked nothing yet (R-8)."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.application.ports.database import Standing, UnitOfWork
from gateway.application.put_aside import WHY as PUT_ASIDE
from gateway.application.send_reminders import reminder_key
from gateway.domain.ids import InvitationId
from gateway.domain.invitations import Invitation
from gateway.domain.outbox import OutboxKind, OutboxState


async def not_asked_yet(work: UnitOfWork, invitations: Sequence[Invitation]) -> frozenset[InvitationId]:
    """Those of these whose reminder is queued and cannot have arrived: it waits, or never went.

    No reply is about them, unless it names their letter.
    """
    queued = {reminder_key(i): i.invitation_id for i in invitations if _is_queued(i)}
    if not queued:
        return frozenset()
    standing = await work.outbox.standing(OutboxKind.UNASKED, queued)
    return frozenset(queued[key] for key, found in standing.items() if not _may_have_arrived(found))


def _is_queued(invitation: Invitation) -> bool:
    """Whether it has a text that no carrier is known to have taken, and that may be its reminder."""
    return (
        invitation.texted_at is not None
        and invitation.line is None
        and invitation.clarified_at is None
        and invitation.rated_at is None
    )


def _may_have_arrived(reminder: Standing) -> bool:
    return reminder.state is OutboxState.DONE or reminder.in_doubt or reminder.last_error == PUT_ASIDE
