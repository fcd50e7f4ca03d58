"""A citizen rated on another channel: it counts for "once" and ends the reminder (R-3, R-4, R-8, R-9)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import structlog

from gateway.application.essentials import Essentials
from gateway.application.ports.database import StoredService, UnitOfWork
from gateway.application.provisional_service import find_visit, keep_service
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService
from gateway.domain.channels import Channel
from gateway.domain.errors import AlreadyRecorded, Conflict
from gateway.domain.evaluations import Evaluation, Origin
from gateway.domain.ids import EvaluationId, ServiceId
from gateway.domain.levels import Level
from gateway.domain.rating_rules import RatingGiven, Refusal
from gateway.domain.redaction import redact
from gateway.domain.services import UNTOLD_VISIT, Service, ServiceKind
from gateway.domain.subjects import Scope, Subject, SubjectKind

log = structlog.get_logger()

_AT_A_COUNTER = frozenset({Channel.QR_CODE, Channel.HALL_TABLET, Channel.HALL_TERMINAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingElsewhere:
    """A rating as another system tells of it."""

    service_id: ServiceId
    visit_no: int | None
    """None = the latest visit known."""
    subject: Subject
    """Code and name are used only while the service itself is unknown."""
    scope: Scope
    level: Level | None
    channel: Channel
    comment: str
    evaluated_at: datetime | None
    """None = when it is told."""
    evaluation_id: str
    """The other system's own; empty when it has none."""
    agency_code: str = ""
    region_code: str = ""

    @property
    def event_key(self) -> str:
        """The same for the same rating told again: by the other system's id, else by its content."""
        if self.evaluation_id:
            return f"elsewhere:{self.evaluation_id}"
        content = (
            self.service_id,
            self.visit_no,
            self.subject.kind.value,
            self.scope.value,
            self.level.value if self.level else None,
            self.channel.value,
            self.comment,
            self.evaluated_at.timestamp() if self.evaluated_at else None,
        )
        return f"elsewhere:sha256:{sha256(json.dumps(content).encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of it."""

    evaluation: Evaluation | None
    """As it is recorded; None when refused."""
    refusal: Refusal | None = None
    repeated: bool = False


class NoteEvaluation:
    """Records ratings given elsewhere, each once."""

    def __init__(self, essentials: Essentials, record: RecordEvaluation, register: RegisterService) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._record = record
        self._register = register

    async def __call__(self, rating: RatingElsewhere) -> Noted:
        """Note one rating; the same one again changes nothing.

        Raises:
            Conflict: the other system's id was used before for another rating.
            Unavailable: nothing was stored.

        """
        try:
            return await self._note(rating)
        except AlreadyRecorded:
            return await self._note(rating)

    async def _note(self, rating: RatingElsewhere) -> Noted:
        async with self._database.transaction() as work:
            before = await self._told_before(work, rating)
            if before is not None:
                return Noted(before, repeated=True)
            now = self._clock.now()
            stored = await self._visit(work, rating, now)
            (plan,) = await self._record(work, [_given(rating, stored, now)], now)
            if plan.evaluation_id is None:
                return Noted(None, refusal=plan.refusal)
            evaluation = await work.evaluations.get(plan.evaluation_id)
        log.info("evaluation_noted", service_id=rating.service_id, evaluation_id=plan.evaluation_id)
        return Noted(evaluation)

    async def _told_before(self, work: UnitOfWork, rating: RatingElsewhere) -> Evaluation | None:
        """The evaluation this event led to; one of our own may come back from the core store."""
        known = await work.evaluations.of_events([rating.event_key])
        before = known[0] if known else await work.evaluations.get(EvaluationId(rating.evaluation_id))
        if before is None:
            return None
        # An overall rating of a theme may stand with another service of it.
        same_place = rating.scope is Scope.WHOLE or before.service_id == rating.service_id
        same_level = rating.level in (None, before.level)
        if not (same_place and same_level and before.subject.kind is rating.subject.kind):
            raise Conflict("this evaluation_id was told before of another rating; give each rating its own")
        return before

    async def _visit(self, work: UnitOfWork, rating: RatingElsewhere, now: datetime) -> StoredService:
        stored = await find_visit(work, rating.service_id, rating.visit_no)
        if stored is None:
            return await keep_service(work, self._register, _heard_of(rating, now), _NOT_REPORTED)
        if not stored.service.provisional:
            return stored
        # A report may be completing it at another node: what is written here must not undo that.
        await work.invitations.hold([stored.invitation_id])
        stored = await work.services.get(rating.service_id, stored.service.visit_no) or stored
        learnt = _learn(stored.service, rating.subject)
        if learnt != stored.service:
            stored = replace(stored, service=learnt)
            await work.services.replace(stored)
        return stored


_NOT_REPORTED = "the service itself was not reported yet"


def _given(rating: RatingElsewhere, stored: StoredService, now: datetime) -> RatingGiven:
    return RatingGiven(
        event_key=rating.event_key,
        service_id=stored.service.service_id,
        visit_no=stored.service.visit_no,
        invitation_id=stored.invitation_id,
        subject=rating.subject.kind,
        scope=rating.scope,
        level=rating.level,
        channel=rating.channel,
        comment=redact(rating.comment),
        raw_input="",
        given_at=rating.evaluated_at or now,
        origin=Origin.ELSEWHERE,
    )


def _heard_of(rating: RatingElsewhere, now: datetime) -> Service:
    """What a rating tells of its service: that there is one, finished, and perhaps by whom."""
    heard = Service(
        service_id=rating.service_id,
        kind=_kind(rating.channel),
        agency_code=rating.agency_code,
        region_code=rating.region_code,
        item=Subject(SubjectKind.ITEM, "", ""),
        visit_no=rating.visit_no or UNTOLD_VISIT,
        completed_at=rating.evaluated_at or now,
        provisional=True,
    )
    return _learn(heard, rating.subject)


def _kind(channel: Channel) -> ServiceKind:
    if channel in _AT_A_COUNTER:
        return ServiceKind.WINDOW
    return ServiceKind.HOTLINE if channel is Channel.PHONE else ServiceKind.ONLINE


def _learn(service: Service, subject: Subject) -> Service:
    """A provisional service with what a further rating tells of it; who is rated was there."""
    if not service.provisional:
        return service
    if subject.kind is SubjectKind.ITEM:
        return replace(service, item=subject) if not service.item.code else service
    kind = service.kind if service.kind.has_staff else ServiceKind.WINDOW
    return replace(service, kind=kind, staff=service.staff or subject)
