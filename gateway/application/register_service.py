"""A service was finished, visited, or a hotline call ended: keep it and invite the citizen to rate it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from gateway.application.essentials import Essentials
from gateway.application.plan_calls import PlanCalls
from gateway.application.ports.database import StoredService, UnitOfWork
from gateway.application.ports.phone_parser import PhoneParser
from gateway.application.record_evaluation import RecordEvaluation, after_last_rating
from gateway.domain.errors import AlreadyRecorded, Conflict
from gateway.domain.evaluations import FIRST, Evaluation
from gateway.domain.ids import InvitationId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.reminders import reminder_due_at, zone_of
from gateway.domain.services import ERASED, UNREADABLE, UNTOLD_VISIT, Service
from gateway.domain.subjects import Subject, SubjectKind


class Registration(Enum):
    """What came of a report."""

    NEW = "new"
    COMPLETED = "completed"
    """A visit that was open is finished now, or a provisional service is known in full."""
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """A service as it was reported."""

    service: Service
    fingerprint: str
    """Digest of the report's content without number and `completed_at`."""
    phone_problem: str = ""


class RegisterService:
    """Keeps services and makes their invitations."""

    def __init__(
        self,
        essentials: Essentials,
        record: RecordEvaluation,
        phones: PhoneParser,
        plan_calls: PlanCalls | None = None,
    ) -> None:
        """Without `plan_calls` nobody is called."""
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._record = record
        self._phones = phones
        self._plan_calls = plan_calls

    async def __call__(self, report: ServiceReport) -> Registration:
        """Register one report.

        Raises:
            Conflict: the same visit was reported with other content.
            Unavailable: nothing was stored.

        """
        try:
            return await self._register(report)
        except AlreadyRecorded:
            # The same report, or one of the same batch, was quicker at another node: look again.
            return await self._register(report)

    async def _register(self, report: ServiceReport) -> Registration:
        async with self._database.transaction() as work:
            return await self.within(work, report)

    async def within(self, work: UnitOfWork, report: ServiceReport) -> Registration:
        """Register one report within the caller's transaction."""
        now = self._clock.now()
        service = report.service
        known = await work.services.get(service.service_id, service.visit_no)
        if known is None:
            await self.add(work, report)
            return Registration.NEW
        if known.service.provisional and not service.provisional:
            await self._complete_provisional(work, report, known, now)
            return Registration.COMPLETED
        if known.fingerprint != report.fingerprint or not _same_person(known, service):
            raise Conflict(_CONFLICT)
        if service.completed_at in (None, known.service.completed_at):
            # The report of the open visit may come again after the one that finished it.
            return Registration.REPEATED
        if known.service.completed_at is not None:
            raise Conflict(_CONFLICT)
        await self._finish(work, replace(known, service=replace(service, phone=known.service.phone)), now)
        return Registration.COMPLETED

    async def add(self, work: UnitOfWork, report: ServiceReport) -> StoredService:
        """Keep a visit that the caller's transaction has looked for in vain.

        Raises:
            AlreadyRecorded: another node kept it at the same moment; look again.

        """
        now = self._clock.now()
        heard_of = await self._taken_for_first(work, report.service, now)
        invitation = await self._invite(work, report.service, now)
        if heard_of is not None:
            invitation = _taking_over(invitation, heard_of)
            await work.invitations.update([invitation, _withdrawn(heard_of, report.service)])
        stored = StoredService(
            service=report.service,
            fingerprint=report.fingerprint,
            invitation_id=invitation.invitation_id,
            phone_problem=report.phone_problem,
            registered_at=now,
        )
        await work.services.add(stored)
        await self._settle_invitation(work, report.service, invitation, now)
        return stored

    async def _taken_for_first(self, work: UnitOfWork, service: Service, now: datetime) -> Invitation | None:
        """The invitation of a call that named no visit, and was about this one as far as one can tell (R-8).

        A call that does name the first visit leaves no other trace; so only what ended within the time after
        which reminders go is taken for the same.
        """
        if service.provisional or service.phone is None or service.visit_no == UNTOLD_VISIT:
            return None
        known = await work.services.get(service.service_id, UNTOLD_VISIT)
        if known is None or not known.service.provisional or known.service.phone != service.phone:
            return None
        heard_of = (await work.invitations.lock([known.invitation_id]))[known.invitation_id]
        await self._still_provisional(work, known)
        if heard_of.completed_at is None:
            # It was withdrawn before.
            return None
        apart = abs((service.completed_at or now) - heard_of.completed_at)
        return heard_of if apart < self._rules.reminder_after else None

    async def _finish(self, work: UnitOfWork, stored: StoredService, now: datetime) -> None:
        await work.services.replace(stored)
        locked = await work.invitations.lock([stored.invitation_id])
        await self._settle_invitation(work, stored.service, locked[stored.invitation_id], now)

    async def _complete_provisional(
        self, work: UnitOfWork, report: ServiceReport, known: StoredService, now: datetime
    ) -> None:
        """Fill in what a call or rating could not tell, also in what was recorded already (R-19)."""
        service = report.service
        heard_of = (await work.invitations.lock([known.invitation_id]))[known.invitation_id]
        known = await self._still_provisional(work, known)
        invitation = await self._invite(work, service, now)
        if invitation.invitation_id == heard_of.invitation_id:
            invitation = _untold(invitation, service)
        else:
            invitation = _taking_over(invitation, heard_of)
            heard_of = _withdrawn(heard_of, service)
            await work.invitations.update([heard_of])
        await work.invitations.update([invitation])
        await work.services.replace(
            StoredService(
                service=service,
                fingerprint=report.fingerprint,
                invitation_id=invitation.invitation_id,
                phone_problem=report.phone_problem,
                registered_at=known.registered_at,
            )
        )
        recorded = await work.evaluations.of_service(service.service_id)
        taken = await self._taken(work, service)
        filled = [
            replace(
                evaluation,
                slot=_present_slot(evaluation, service, taken),
                subject=_rated_subject(evaluation.subject, service),
                invitation_id=invitation.invitation_id,
                agency_code=service.agency_code,
                region_code=service.region_code,
            )
            for evaluation in recorded
            if evaluation.visit_no == service.visit_no
        ]
        await self._record.annotate(work, filled, now)
        await self._settle_invitation(work, service, invitation, now)

    async def _taken(self, work: UnitOfWork, service: Service) -> set[tuple[str, int]]:
        """What is rated already of what the service turns out to be about."""
        slots = {service.slot(kind) for kind in SubjectKind}
        return {(e.slot, e.sequence) for e in await work.evaluations.of_slots(slots)}

    async def _still_provisional(self, work: UnitOfWork, known: StoredService) -> StoredService:
        """The service as it is now that nobody else completes it."""
        current = await work.services.get(known.service.service_id, known.service.visit_no)
        if current is None or not current.service.provisional:
            raise AlreadyRecorded("another report completed the service at this moment")
        return current

    async def _invite(self, work: UnitOfWork, service: Service, now: datetime) -> Invitation:
        """The person's invitation to the occasion, made if this is its first service."""
        invitation_id, known = await work.invitations.lock_for(service.occasion, service.phone)
        if known is not None:
            return known
        invitation = self._new_invitation(invitation_id, service, now)
        await work.invitations.add(invitation)
        return invitation

    def _new_invitation(self, invitation_id: InvitationId, service: Service, now: datetime) -> Invitation:
        zone = self._phones.timezone(service.phone) if service.phone else self._rules.timezone.key
        return Invitation(
            invitation_id=invitation_id,
            occasion=service.occasion,
            phone=service.phone,
            language=service.language,
            timezone=zone,
            item_name=service.item.name,
            lead_service_id=service.service_id,
            lead_visit_no=service.visit_no,
            created_at=now,
            completed_at=None,
            reminder=ReminderState.NONE,
            remind_at=None,
        )

    async def _settle_invitation(
        self, work: UnitOfWork, service: Service, invitation: Invitation, now: datetime
    ) -> None:
        """Set the reminder of a finished service, unless it is rated already (R-8)."""
        if service.completed_at is None:
            return
        if service.batch_id is not None or service.theme_id is not None:
            await self._record.add_late_copies(work, invitation.invitation_id, now)
        invitation = _with_completion(invitation, service, service.completed_at)
        if not await self._is_rated(work, service):
            changed = self._awaiting(invitation, service.completed_at)
        elif await self._all_rated(work, invitation.invitation_id):
            changed = after_last_rating(invitation, now)
        else:
            changed = invitation
        await work.invitations.update([changed])
        if self._plan_calls is not None and invitation.reminder is not ReminderState.WAITING:
            await self._plan_calls(work, service, changed, now)

    async def _is_rated(self, work: UnitOfWork, *members: Service) -> bool:
        slots = {m.slot(SubjectKind.ITEM) for m in members if m.completed_at is not None}
        recorded = await work.evaluations.of_slots(slots)
        return slots <= {e.slot for e in recorded if e.sequence == FIRST}

    async def _all_rated(self, work: UnitOfWork, invitation_id: InvitationId) -> bool:
        members = await work.services.of_invitations([invitation_id])
        return await self._is_rated(work, *members[invitation_id])

    def _awaiting(self, invitation: Invitation, completed_at: datetime) -> Invitation:
        """The invitation with something left to rate: reminded of once, never twice (R-8)."""
        invitation = replace(invitation, rated_at=None)
        unreminded = invitation.reminder in {ReminderState.NONE, ReminderState.CANCELLED}
        if invitation.phone is None or not unreminded or invitation.texted_at is not None:
            return invitation
        due_at = reminder_due_at(completed_at, self._rules, zone_of(invitation.timezone, self._rules))
        return replace(invitation, reminder=ReminderState.WAITING, remind_at=due_at)


def _same_person(known: StoredService, service: Service) -> bool:
    return known.phone_problem in {ERASED, UNREADABLE} or known.service.phone == service.phone


def _with_completion(invitation: Invitation, service: Service, completed_at: datetime) -> Invitation:
    """The first finished service of the occasion gives the invitation its words and its date."""
    if invitation.completed_at is not None:
        return invitation
    return replace(
        invitation,
        lead_service_id=service.service_id,
        lead_visit_no=service.visit_no,
        item_name=service.item.name,
        language=service.language,
        completed_at=completed_at,
    )


def _present_slot(rated: Evaluation, service: Service, taken: Collection[tuple[str, int]]) -> str:
    """A batch is one visit (R-5): who was rated before it was known to be one counts as rated in it."""
    present = service.slot(rated.subject.kind)
    return rated.slot if (present, rated.sequence) in taken else present


def _rated_subject(rated: Subject, service: Service) -> Subject:
    """What was rated, as the report names it; a person who was rated by number stays the one rated."""
    reported = service.subject(rated.kind)
    if reported is None or (rated.kind is SubjectKind.STAFF and rated.code not in ("", reported.code)):
        return rated
    return reported


def _untold(invitation: Invitation, service: Service) -> Invitation:
    """The invitation with the report's words, and without the date that a call had to guess."""
    waiting = invitation.reminder is ReminderState.WAITING
    return replace(
        invitation,
        item_name=service.item.name,
        language=service.language,
        completed_at=None,
        remind_at=None,
        reminder=ReminderState.NONE if waiting else invitation.reminder,
    )


def _taking_over(invitation: Invitation, heard_of: Invitation) -> Invitation:
    """The reported service's invitation, which the same person is not texted about once more (R-8)."""
    if heard_of.phone != invitation.phone:
        return invitation
    if heard_of.reminder is ReminderState.QUEUED and invitation.reminder is ReminderState.WAITING:
        invitation = replace(invitation, reminder=ReminderState.QUEUED, remind_at=None)
    if heard_of.texted_at is None or invitation.texted_at is not None:
        return invitation
    return replace(
        invitation,
        texted_at=heard_of.texted_at,
        clarified_at=heard_of.clarified_at,
        letter=heard_of.letter,
        line=heard_of.line,
    )


def _withdrawn(heard_of: Invitation, service: Service) -> Invitation:
    """The invitation that a call made, now that another one stands for the service.

    It stays open to somebody else who was texted about it: their reply rates the same service.
    """
    waiting = heard_of.reminder is ReminderState.WAITING
    asked_elsewhere = heard_of.texted_at is not None and heard_of.phone != service.phone
    return replace(
        heard_of,
        remind_at=None,
        reminder=ReminderState.CANCELLED if waiting else heard_of.reminder,
        completed_at=heard_of.completed_at if asked_elsewhere else None,
    )


_CONFLICT = (
    "this visit was reported before with other content; a second visit needs its own visit_no, "
    "and a correction is not possible here"
)
