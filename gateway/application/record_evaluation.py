"""The one place where evaluations are written, with all that follows from them, in one transaction.

Whatever the channel, a rating comes here as `RatingGiven`. The rules judge it; the evaluation, its copies,
the follow-up, the invitation and the outbox entries are written together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog

from gateway.application.ports.database import UnitOfWork
from gateway.application.take_step import TakeStep
from gateway.domain.documents import native_document
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.evaluations import FIRST, Evaluation, Origin
from gateway.domain.follow_ups import FollowUp, open_follow_up
from gateway.domain.handling.acts import SYSTEM, RateAgain
from gateway.domain.handling.alarms import next_alarm
from gateway.domain.handling.progress import deadline_of, opened
from gateway.domain.ids import EvaluationId, InvitationId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.levels import Level
from gateway.domain.outbox import OutboxEntry, OutboxKind
from gateway.domain.rating_rules import (
    RatingGiven,
    RatingPlan,
    Recorded,
    copies_for_late_member,
    plan_rating,
)
from gateway.domain.rules import Rules
from gateway.domain.services import Service
from gateway.domain.subjects import SubjectKind
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

OPENED = "opened"
"""The step of a follow-up that its first email tells of."""


@dataclass(slots=True)
class _Writing:
    """What one transaction is going to write."""

    added: list[Evaluation] = field(default_factory=list)
    revised: list[Evaluation] = field(default_factory=list)
    documents: list[Evaluation] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    emails_due_at: dict[str, datetime] = field(default_factory=dict)


class RecordEvaluation:
    """Writes ratings; safe to call again with the same event."""

    def __init__(self, rules: Rules, metrics: Metrics, take_step: TakeStep | None = None) -> None:
        self._take_step = take_step or TakeStep(rules)
        self._rules = rules
        self._metrics = metrics

    async def __call__(
        self, work: UnitOfWork, given: Sequence[RatingGiven], now: datetime
    ) -> list[RatingPlan]:
        """Record ratings within the caller's transaction; one plan for each, in the same order.

        Raises:
            AlreadyRecorded: another node changed what was read; look again.

        """
        ids = {rating.invitation_id for rating in given}
        await work.invitations.hold(ids)
        members = await work.services.of_invitations(ids)
        if not all(_is_among(members[rating.invitation_id], rating) for rating in given):
            raise AlreadyRecorded("a report moved the service to another invitation at this moment")
        recorded = await self._recorded(work, members.values())
        writing = _Writing()
        plans = []
        for rating in given:
            plan = plan_rating(rating, members[rating.invitation_id], recorded, self._rules.additional_period)
            plans.append(plan)
            self._take(plan, writing, now)
            recorded |= {(e.slot, e.sequence): e for e in _new_state(plan)}
        await self._write(work, writing, now)
        for plan in plans:
            await self._link_to_follow_ups(work, plan, recorded, now)
        rated = [i for i in ids if is_all_rated(members[i], recorded)]
        cancelled = await work.invitations.mark_rated(rated, now)
        if cancelled:
            self._metrics.reminder_judged(verdict=ReminderState.CANCELLED.value, count=cancelled)
        return plans

    async def _link_to_follow_ups(
        self, work: UnitOfWork, plan: RatingPlan, recorded: Recorded, now: datetime
    ) -> None:
        """An additional evaluation becomes a step of what the first one set going (R-9, R-11)."""
        again = plan.added[0] if plan.added else None
        if again is None or again.sequence == FIRST or again.level is None:
            return
        first = recorded[again.slot, FIRST]
        if first.level is None or not first.level.is_bad:
            return
        act = RateAgain(again.evaluation_id, again.level.value)
        for follow_up in await work.follow_ups.of_evaluations([first.applied_from or first.evaluation_id]):
            try:
                await self._take_step(work, follow_up.follow_up_id, SYSTEM, act, now)
            except LookupError as damage:
                # What others did must not cost the citizen their rating, whatever its record looks like.
                log.warning("rating_not_linked", follow_up_id=follow_up.follow_up_id, why=str(damage))

    async def add_late_copies(self, work: UnitOfWork, invitation_id: InvitationId, now: datetime) -> int:
        """Let ratings apply to filings that join a batch or theme after them, on either side (R-5, R-6).

        A filing reported late gets what the others were rated; one that was rated before anybody knew that it
        belongs to a batch gives its own to the others.
        """
        ratings = await work.evaluations.of_invitation(invitation_id)
        if not ratings:
            return 0
        members = (await work.services.of_invitations([invitation_id]))[invitation_id]
        # An item may have been rated on another visit, through an invitation of its own.
        slots = {member.slot(SubjectKind.ITEM) for member in members}
        known = [*ratings, *await work.evaluations.of_slots(slots)]
        recorded = {(e.slot, e.sequence): e for e in known}
        copies: list[Evaluation] = []
        for member in members:
            late = copies_for_late_member(member, ratings, recorded)
            recorded |= {(e.slot, e.sequence): e for e in late}
            copies += late
        writing = _Writing()
        writing.added.extend(copies)
        writing.documents.extend(c for c in copies if _is_delivered(c))
        sources = {e.evaluation_id: e for e in ratings}
        owed = [
            (copy.agency_code, sources[copy.applied_from])
            for copy in copies
            if copy.applied_from is not None and _is_followed_up(copy)
        ]
        await self._tell_late(work, owed, writing, now)
        await self._write(work, writing, now)
        return len(copies)

    async def annotate(self, work: UnitOfWork, revised: Sequence[Evaluation], now: datetime) -> None:
        """Write what was learnt of an evaluation after it was recorded, as its next revision."""
        writing = _Writing()
        for evaluation in revised:
            later = replace(evaluation, revision=evaluation.revision + 1)
            writing.revised.append(later)
            if _is_delivered(later):
                writing.documents.append(later)
        own = [e for e in writing.revised if e.applied_from is None and _is_followed_up(e)]
        await self._tell_late(work, [(e.agency_code, e) for e in own], writing, now)
        await self._write(work, writing, now)

    async def adopt(self, work: UnitOfWork, follow_up: FollowUp, now: datetime, *, adopted: bool) -> int:
        """Count a rating again, or no more, as far as this agency is concerned (R-12); how many changed.

        Raises:
            AlreadyRecorded: another node changed what was read; look again.

        """
        source = await self.hold(work, follow_up.evaluation_id)
        if source is None:
            return 0
        given = [source, *await work.evaluations.copies_of(source.evaluation_id)]
        changed = [e for e in given if e.agency_code == follow_up.agency_code and e.adopted is not adopted]
        writing = _Writing()
        writing.revised.extend(replace(e, revision=e.revision + 1, adopted=adopted) for e in changed)
        writing.documents.extend(e for e in writing.revised if _is_delivered(e))
        await self._write(work, writing, now)
        return len(changed)

    async def hold(self, work: UnitOfWork, evaluation_id: EvaluationId) -> Evaluation | None:
        """An evaluation that nobody else revises meanwhile, nor its copies.

        Whoever locks its follow-up too does so afterwards, as a rating does, lest the two wait for good.

        Raises:
            AlreadyRecorded: another node changed what was read; look again.

        """
        before = await work.evaluations.get(evaluation_id)
        if before is None or before.invitation_id is None:
            return before
        await work.invitations.hold([before.invitation_id])
        held = await work.evaluations.get(evaluation_id)
        if held is not None and held.invitation_id != before.invitation_id:
            raise AlreadyRecorded("a report moved the service to another invitation at this moment")
        return held

    async def _recorded(
        self, work: UnitOfWork, members: Iterable[Sequence[Service]]
    ) -> dict[tuple[str, int], Evaluation]:
        slots = {m.slot(kind) for group in members for m in group for kind in SubjectKind}
        return {(e.slot, e.sequence): e for e in await work.evaluations.of_slots(slots)}

    def _take(self, plan: RatingPlan, writing: _Writing, now: datetime) -> None:
        writing.added.extend(plan.added)
        writing.documents.extend(e for e in plan.added if _is_delivered(e))
        for copy, separate in plan.replaced:
            writing.revised.append(separate)
            if _is_delivered(separate):
                writing.documents.append(separate)
            elif _is_delivered(copy):
                # The separate rating lives elsewhere; the core store must stop counting our copy.
                writing.documents.append(replace(copy, revision=separate.revision, adopted=False))
        self._open_follow_ups([*plan.added, *(separate for _, separate in plan.replaced)], writing, now)
        self._count(plan)

    def _open_follow_ups(self, recorded: Sequence[Evaluation], writing: _Writing, now: datetime) -> None:
        if not recorded:
            return
        rated = recorded[0]
        if not _is_followed_up(rated):
            return
        by_agency: dict[str, int] = {}
        for evaluation in recorded:
            by_agency[evaluation.agency_code] = by_agency.get(evaluation.agency_code, 0) + 1
        # A reason may follow within seconds of a key press; one complete email is kinder than two.
        settle = self._rules.email_settle if rated.call_id is not None else now - now
        for agency_code, count in by_agency.items():
            follow_up = open_follow_up(rated, agency_code=agency_code, applies_to=count, rules=self._rules)
            writing.follow_ups.append(follow_up)
            writing.emails_due_at[follow_up.follow_up_id] = now + settle

    async def _tell_late(
        self, work: UnitOfWork, owed: Sequence[tuple[str, Evaluation]], writing: _Writing, now: datetime
    ) -> None:
        """An agency that becomes known only after the bad rating owes its call-back from now on (R-10)."""
        known = await work.follow_ups.of_evaluations([rated.evaluation_id for _, rated in owed])
        told = {(follow_up.agency_code, follow_up.evaluation_id) for follow_up in known}
        for agency_code, rated in owed:
            if (agency_code, rated.evaluation_id) not in told:
                follow_up = open_follow_up(
                    rated, agency_code=agency_code, applies_to=1, rules=self._rules, opened_at=now
                )
                writing.follow_ups.append(follow_up)
                writing.emails_due_at[follow_up.follow_up_id] = now

    async def _write(self, work: UnitOfWork, writing: _Writing, now: datetime) -> None:
        await work.evaluations.add(writing.added, now)
        await work.evaluations.revise(writing.revised)
        await work.follow_ups.add(writing.follow_ups)
        for follow_up in writing.follow_ups:
            await work.follow_ups.watch_new([follow_up], self._first_alarm(follow_up, now))
        deliveries = [self._delivery(evaluation, now) for evaluation in writing.documents]
        emails = [
            OutboxEntry(
                kind=OutboxKind.EMAIL,
                key=email_key(follow_up),
                payload={"follow_up_id": follow_up.follow_up_id, "step": OPENED, "tier": 0},
                due_at=writing.emails_due_at[follow_up.follow_up_id],
                created_at=now,
            )
            for follow_up in writing.follow_ups
        ]
        await work.outbox.add([*deliveries, *emails])

    def _first_alarm(self, follow_up: FollowUp, now: datetime) -> datetime | None:
        owed = deadline_of(opened(follow_up))
        alarm = next_alarm(owed, now, self._rules.calendar, self._rules.timezone)
        return alarm.at if alarm else None

    def _delivery(self, evaluation: Evaluation, now: datetime) -> OutboxEntry:
        return OutboxEntry(
            kind=OutboxKind.CORE_STORE,
            key=f"{evaluation.evaluation_id}:{evaluation.revision}",
            payload=native_document(evaluation, self._rules.timezone),
            due_at=now,
            created_at=now,
            order_key=evaluation.evaluation_id,
        )

    def _count(self, plan: RatingPlan) -> None:
        if plan.refusal is not None:
            self._metrics.rating_refused(reason=plan.refusal.value)
        elif plan.repeated:
            self._metrics.event_repeated(kind="rating")
        for evaluation in _new_state(plan)[:1]:
            level: Level | None = evaluation.level
            self._metrics.rating_recorded(
                level=level.value if level else "untold",
                channel=evaluation.channel.value,
                sequence=evaluation.sequence,
            )


def email_key(follow_up: FollowUp) -> str:
    """The outbox key of the email that opens a follow-up."""
    return f"{follow_up.follow_up_id}:{OPENED}"


def _new_state(plan: RatingPlan) -> list[Evaluation]:
    return [*plan.added, *(separate for _, separate in plan.replaced)]


def _is_delivered(evaluation: Evaluation) -> bool:
    return evaluation.origin is Origin.GATEWAY


def _is_followed_up(evaluation: Evaluation) -> bool:
    return evaluation.level is not None and evaluation.level.is_bad and _is_delivered(evaluation)


def _is_among(members: Sequence[Service], given: RatingGiven) -> bool:
    return any((m.service_id, m.visit_no) == (given.service_id, given.visit_no) for m in members)


def is_all_rated(members: Sequence[Service], recorded: Recorded) -> bool:
    """Whether there is something finished, and nothing of it is left unrated."""
    finished = [m for m in members if m.completed_at is not None]
    return bool(finished) and all((m.slot(SubjectKind.ITEM), FIRST) in recorded for m in finished)


def after_last_rating(invitation: Invitation, now: datetime) -> Invitation:
    """The invitation with nothing left to rate: a waiting reminder is cancelled (R-8)."""
    waiting = invitation.reminder is ReminderState.WAITING
    return replace(
        invitation,
        rated_at=invitation.rated_at or now,
        remind_at=None,
        reminder=ReminderState.CANCELLED if waiting else invitation.reminder,
    )
