"""How a service stands: what may be rated, what was, what was texted, what is followed up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.application.ports.database import Database, SentText, StoredService, UnitOfWork
from gateway.domain.evaluations import Evaluation
from gateway.domain.follow_ups import FollowUp
from gateway.domain.ids import ServiceId
from gateway.domain.invitations import Invitation
from gateway.domain.subjects import SubjectKind


@dataclass(frozen=True, slots=True)
class VisitState:
    """One visit and the invitation it belongs to."""

    stored: StoredService
    invitation: Invitation | None
    texts: tuple[SentText, ...]
    """Texts of its invitation that a carrier took, oldest first."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service with all its visits."""

    visits: tuple[VisitState, ...]
    """At least one, the latest last."""
    evaluations: tuple[Evaluation, ...]
    """Of the service, and of the staff whom its batch shares (R-5)."""
    follow_ups: tuple[FollowUp, ...]
    """Of these evaluations, or of those they were copied from (R-5, R-6)."""


class DescribeService:
    """Reads everything about a service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, service_id: ServiceId) -> ServiceState | None:
        """The service's state; None when nobody told us of it.

        Raises:
            Unavailable: the database does not answer.

        """
        async with self._database.reading() as work:
            visits = await work.services.visits(service_id)
            if not visits:
                return None
            evaluations = await _evaluations(work, visits)
            sources = {e.applied_from or e.evaluation_id for e in evaluations}
            follow_ups = await work.follow_ups.of_evaluations(sources)
            states = []
            for stored in visits:
                invitation = await work.invitations.get(stored.invitation_id)
                texts = await work.messages.sent_about(stored.invitation_id)
                states.append(VisitState(stored, invitation, tuple(texts)))
        return ServiceState(tuple(states), tuple(evaluations), tuple(follow_ups))


async def _evaluations(work: UnitOfWork, visits: Sequence[StoredService]) -> list[Evaluation]:
    slots = {visit.service.slot(SubjectKind.STAFF) for visit in visits}
    own = await work.evaluations.of_service(visits[0].service.service_id)
    shared = await work.evaluations.of_slots(slots)
    return list({evaluation.evaluation_id: evaluation for evaluation in (*own, *shared)}.values())
