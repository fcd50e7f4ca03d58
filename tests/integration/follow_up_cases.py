"""A bad rating on record, and its follow-up, for the tests of its handling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.essentials import Essentials
from gateway.application.handle_follow_up import HandleFollowUp, Outcome
from gateway.application.queue_text import QueueText
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService, ServiceReport
from gateway.application.take_step import TakeStep
from gateway.application.tell_citizen import TellOfResult
from gateway.domain.channels import Channel
from gateway.domain.evaluations import Evaluation
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import Act, Actor, ActorKind, CallBack, Judge, Verdict
from gateway.domain.handling.progress import Progress
from gateway.domain.ids import ServiceId
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rating_rules import RatingGiven
from gateway.domain.rules import Rules
from gateway.domain.services import Service, ServiceKind
from gateway.domain.subjects import Scope, Subject, SubjectKind
from gateway.telemetry.metrics import Metrics

AGENCY = Actor(ActorKind.AGENCY, "陈某")
BUREAU = Actor(ActorKind.BUREAU, "李某")
MISTAKEN = Judge(Verdict.MISTAKEN, "本人说按错了键")


@dataclass
class Office:
    """Where follow-ups are opened and handled."""

    database: SqlDatabase
    clock: MovableClock
    handle: HandleFollowUp
    record: RecordEvaluation
    register: RegisterService

    async def rated_badly(self, name: str = "s1", *, filings: int = 1) -> FollowUp:
        """A service, or a batch of so many filings, was rated 不满意; its follow-up."""
        for number in range(filings):
            service = self._service(f"{name}-{number}", batch_id=name if filings > 1 else None)
            await self.register(ServiceReport(service, fingerprint="f"))
        async with self.database.transaction() as work:
            stored = await work.services.get(ServiceId(f"{name}-0"), 1)
            assert stored is not None
            given = RatingGiven(
                event_key=f"test:{name}",
                service_id=stored.service.service_id,
                visit_no=1,
                invitation_id=stored.invitation_id,
                subject=SubjectKind.ITEM,
                scope=Scope.SERVICE,
                level=Level.DISSATISFIED,
                channel=Channel.SMS,
                comment="等太久",
                raw_input="4 等太久",
                given_at=self.clock.now(),
            )
            await self.record(work, [given], self.clock.now())
        async with self.database.reading() as work:
            (evaluation, *_) = await work.evaluations.of_service(ServiceId(f"{name}-0"))
            (follow_up,) = await work.follow_ups.of_evaluations([evaluation.evaluation_id])
        return follow_up

    async def do(self, follow_up: FollowUp, *acts: Act, actor: Actor = AGENCY) -> Outcome:
        """Do these one after the other; what came of the last."""
        outcome: Outcome | None = None
        for act in acts:
            outcome = await self.handle(follow_up.follow_up_id, actor, act)
            assert isinstance(outcome, Progress), outcome
        assert outcome is not None
        return outcome

    def called_back(self) -> CallBack:
        """The citizen was reached a moment ago."""
        return CallBack(reached=True, called_at=self.clock.now(), words="群众说窗口太少")

    async def evaluations(self, name: str = "s1", *, filings: int = 1) -> list[Evaluation]:
        """The item's evaluation of each filing."""
        async with self.database.reading() as work:
            return [
                e for n in range(filings) for e in await work.evaluations.of_service(ServiceId(f"{name}-{n}"))
            ]

    def _service(self, service_id: str, batch_id: str | None) -> Service:
        return Service(
            service_id=ServiceId(service_id),
            kind=ServiceKind.WINDOW,
            agency_code="11441500MB2C90123X",
            region_code="441500",
            item=Subject(SubjectKind.ITEM, "4415000001", "居民身份证换领"),
            staff=None,
            phone=PhoneNumber("+8613800138000"),
            visit_no=1,
            batch_id=batch_id,
            completed_at=self.clock.now() - timedelta(hours=1),
            language=Language.CHINESE,
        )


def open_office(database: SqlDatabase, clock: MovableClock) -> Office:
    """An office on this database."""
    essentials = Essentials(database, clock, Rules(), Metrics())
    take_step = TakeStep(essentials.rules)
    texts = JinjaMessageTexts(Path("sms_templates"), "某市好差评")
    tell = TellOfResult(essentials.rules, QueueText(texts), take_step)
    record = RecordEvaluation(essentials.rules, essentials.metrics, take_step)
    register = RegisterService(essentials, record, PhonenumbersParser(default_timezone="Asia/Shanghai"))
    return Office(database, clock, HandleFollowUp(essentials, record, take_step, tell), record, register)
