"""A caller is on the line: ask for the rating, take the keys, record what they mean (R-7, R-16).

Where a call stands rides in the session that the carrier brings back, so a key that records nothing needs
no trip to the database, and any node can answer any key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import structlog

from gateway.application.annotate_call import AnnotateCall
from gateway.application.end_call import by_call, correct_ending
from gateway.application.essentials import Essentials
from gateway.application.group_commit import GroupCommit
from gateway.application.ports.database import StoredCall, StoredService, UnitOfWork
from gateway.application.ports.flows import FlowCatalog
from gateway.application.provisional_service import find_visit, keep_service
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService
from gateway.domain.channels import Channel
from gateway.domain.errors import AlreadyRecorded, Unavailable
from gateway.domain.evaluations import FIRST
from gateway.domain.events import CallArrived, CallStepped
from gateway.domain.flow import engine
from gateway.domain.flow.definition import Flow
from gateway.domain.flow.engine import Step
from gateway.domain.flow.facts import Finished, FlowEnding, MessageLeft, Rated, ReasonGiven
from gateway.domain.flow.inputs import Input, Recorded
from gateway.domain.flow.instructions import Instruction
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.rating_rules import RatingGiven, RatingPlan, Refusal, next_sequence
from gateway.domain.services import UNTOLD_VISIT, Service, ServiceKind
from gateway.domain.subjects import Scope, Subject, SubjectKind

log = structlog.get_logger()

_KEPT_STEPS: Final = 4096
_CALLS_AT_ONCE: Final = 50
"""Opened in one transaction: each takes several statements, and callers wait for the last."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A call that arrived, for the first time or again."""

    call: StoredCall
    is_new: bool


@dataclass(frozen=True, slots=True)
class CallRating:
    """One key that rates."""

    call_id: CallId
    node: str
    subject: SubjectKind
    level: Level
    key: str
    given_at: datetime


class AnswerCall:
    """Leads a caller through the flow."""

    def __init__(
        self,
        essentials: Essentials,
        flows: FlowCatalog,
        flow_name: str,
        record: RecordEvaluation,
        register: RegisterService,
    ) -> None:
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._flows = flows
        self._flow_name = flow_name
        self._record = record
        self._register = register
        self._annotate = AnnotateCall(essentials, record)
        # A logger that is bound need not be put together for every line.
        self._log = log.bind()
        # The engine is pure and calls are alike, so that its answers can be kept.
        self._resume_kept = lru_cache(_KEPT_STEPS)(self._resume)
        self._open: GroupCommit[CallArrived, _Opened] = GroupCommit(
            essentials.database,
            self._open_group,
            essentials.metrics,
            largest=_CALLS_AT_ONCE,
            at_once=essentials.database.writers,
        )
        self._commit: GroupCommit[CallRating, RatingPlan | None] = GroupCommit(
            essentials.database,
            self._record_group,
            essentials.metrics,
            at_once=essentials.database.writers,
        )

    def _step(self, session: Session, given: Input) -> Step:
        # A recording is never met again; the same key at the same place of another call is, all day.
        resume = self._resume if isinstance(given, Recorded) else self._resume_kept
        return resume(session, given)

    def _resume(self, session: Session, given: Input) -> Step:
        return engine.resume(self._flow(session.flow), session, given)

    def _flow(self, name: str) -> Flow:
        """The flow a call began with; where a deploy took it away, ours, which knows none of its nodes."""
        try:
            return self._flows.find(name)
        except KeyError:
            return self._flows.find(self._flow_name)

    async def arrived(self, event: CallArrived) -> Sequence[Instruction]:
        """The first words of a call; a repeated arrival gets the same."""
        try:
            opened = await self._open(event)
        except AlreadyRecorded:
            opened = await self._open(event)
        call = opened.call
        if opened.is_new:
            log.info("call_arrived", call_id=call.call_id, service_id=call.service_id, asked=len(call.asked))
        step = engine.start(self._flow(call.flow), call.variables, call.language)
        return step.instructions

    async def stepped(self, event: CallStepped) -> Sequence[Instruction]:
        """The next words of a call, given once everything that was said with the keys is stored."""
        step = self._step(event.session, event.given)
        now = self._clock.now()
        for fact in step.facts:
            match fact:
                case Rated():
                    await self._rate(
                        CallRating(event.call_id, fact.node, fact.subject, fact.level, fact.key, now)
                    )
                case ReasonGiven():
                    await self._annotate.reason(event.call_id, fact)
                case MessageLeft():
                    await self._annotate.message(event.call_id, fact)
                case Finished(ending=FlowEnding.NO_INPUT | FlowEnding.WRONG_KEYS):
                    await self._annotate.ran_out_of_tries(event.call_id)
                case _:
                    pass
        return step.instructions

    async def _rate(self, rating: CallRating) -> None:
        plan = await self._commit(rating)
        if plan is None:
            # Nobody may hear thanks for what was not stored.
            raise Unavailable("the call is not known any more, so that nothing was stored")
        if not plan.repeated:
            self._log.info(
                "evaluation_recorded" if plan.refusal is None else "evaluation_refused",
                call_id=rating.call_id,
                evaluation_id=plan.evaluation_id,
                subject=rating.subject.value,
                rated=rating.level.value,
                sequence=plan.sequence,
            )

    async def _open_group(self, work: UnitOfWork, events: Sequence[CallArrived]) -> list[_Opened]:
        opened: dict[int, _Opened] = {}
        for place, event in by_call(events):
            opened[place] = await self._open_call(work, event)
        return [opened[place] for place in range(len(events))]

    async def _open_call(self, work: UnitOfWork, event: CallArrived) -> _Opened:
        known = await work.calls.get(event.call_id)
        if known is not None:
            return _Opened(known, is_new=False)
        stored = await self._service_of(work, event)
        call = await self._new_call(work, event, stored.service)
        await work.calls.add(call)
        return _Opened(call, is_new=True)

    async def _service_of(self, work: UnitOfWork, event: CallArrived) -> StoredService:
        """The service the call is about; one that nobody told us of yet is kept as provisional (R-19)."""
        service_id = event.service_id or ServiceId(f"call-{event.call_id.partition(':')[2]}")
        known = await find_visit(work, service_id, event.visit_no)
        if known is not None:
            return known
        provisional = event.service_id is not None
        service = self._service_from_call(service_id, event, provisional=provisional)
        problem = "" if event.caller else "the caller's number is withheld or unusable"
        return await keep_service(work, self._register, service, problem)

    def _service_from_call(self, service_id: ServiceId, event: CallArrived, *, provisional: bool) -> Service:
        staff = None
        if event.staff_code:
            staff = Subject(SubjectKind.STAFF, event.staff_code, event.staff_name or event.staff_code)
        return Service(
            service_id=service_id,
            kind=ServiceKind.HOTLINE,
            agency_code=event.agency_code,
            region_code=event.region_code,
            item=Subject(SubjectKind.ITEM, event.item_code, event.item_name or event.item_code),
            staff=staff,
            phone=event.caller,
            visit_no=event.visit_no or UNTOLD_VISIT,
            completed_at=self._clock.now(),
            language=event.language or Language.CHINESE,
            provisional=provisional,
        )

    async def _new_call(self, work: UnitOfWork, event: CallArrived, service: Service) -> StoredCall:
        now = self._clock.now()
        slots = {kind: service.slot(kind) for kind in service.rateable_subjects}
        recorded = {(e.slot, e.sequence): e for e in await work.evaluations.of_slots(set(slots.values()))}
        asked = frozenset(
            kind
            for kind, slot in slots.items()
            if not isinstance(next_sequence(slot, recorded, now, self._rules.additional_period), Refusal)
        )
        first_known = (service.slot(SubjectKind.ITEM), FIRST) in recorded
        whole = service.theme_id is not None and (
            event.scope is Scope.WHOLE or (event.scope is None and not first_known)
        )
        return StoredCall(
            call_id=event.call_id,
            service_id=service.service_id,
            visit_no=service.visit_no,
            flow=self._flow_name,
            language=event.language or service.language,
            variables={
                "item_rateable": _yes(SubjectKind.ITEM in asked),
                "staff_known": _yes(SubjectKind.STAFF in asked),
                "themed": _yes(whole),
                "language_offered": "yes",
                "called": _yes(event.outgoing),
            },
            asked=asked,
            started_at=now,
        )

    async def _record_group(self, work: UnitOfWork, ratings: Sequence[CallRating]) -> list[RatingPlan | None]:
        places = await work.calls.places({rating.call_id for rating in ratings})
        for rating in ratings:
            if rating.call_id not in places:
                # Its token was ours, so it arrived once: only a lost database explains it.
                log.error("call_unknown", call_id=rating.call_id, node=rating.node)
        given = [
            RatingGiven(
                event_key=f"{rating.call_id}:{rating.node}",
                service_id=place.service_id,
                visit_no=place.visit_no,
                invitation_id=place.invitation_id,
                subject=rating.subject,
                scope=Scope.WHOLE if place.variables.get("themed") == "yes" else Scope.SERVICE,
                level=rating.level,
                channel=Channel.PHONE,
                comment="",
                raw_input=rating.key,
                given_at=rating.given_at,
                call_id=rating.call_id,
            )
            for rating in ratings
            if (place := places.get(rating.call_id)) is not None
        ]
        plans = iter(await self._record(work, given, self._clock.now()))
        for call_id in [call_id for call_id, place in places.items() if place.has_ended]:
            await correct_ending(work, call_id)
        return [next(plans) if rating.call_id in places else None for rating in ratings]


def _yes(claim: bool) -> str:  # noqa: FBT001 - the claim is all there is
    return "yes" if claim else "no"
