"""A citizen texted: read it, find what it answers, record it, answer (R-7, R-9, R-16)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.application.asked_by_text import not_asked_yet
from gateway.application.essentials import Essentials
from gateway.application.opt_out import begin_opt_out
from gateway.application.ports.database import IncomingMessage, UnitOfWork
from gateway.application.queue_text import QueueText, TextOrder
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.take_citizens_answer import TakeCitizensAnswer
from gateway.domain.channels import Channel
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.evaluations import FIRST
from gateway.domain.events import TextArrived
from gateway.domain.handling.result_texts import ResultText, answered_text, is_in_doubt
from gateway.domain.ids import EvaluationId
from gateway.domain.invitations import Invitation
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.matching import Match, match_reply, open_letters
from gateway.domain.messages import MessageKind, level_name
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.plain_text import storable
from gateway.domain.rating_rules import RatingGiven, RatingPlan
from gateway.domain.redaction import redact
from gateway.domain.reply import Outcome, Reading, read_reply, take_letter, wants_restart
from gateway.domain.subjects import Scope, SubjectKind

log = structlog.get_logger()

_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class _Answer:
    """What to text back, about which invitation."""

    kind: MessageKind
    invitation: Invitation | None = None
    level: Level | None = None
    letter: str | None = None
    """Instead of the invitation's own: that of a question about the handling."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a text."""

    outcome: str
    rule: str
    match: Match
    answer: _Answer | None = None
    evaluation_id: EvaluationId | None = None


_UNMATCHED = Match(None, "not_looked_for", ())


class ReceiveMessage:
    """Takes texts, each once."""

    def __init__(
        self,
        essentials: Essentials,
        record: RecordEvaluation,
        queue_text: QueueText,
        take_answer: TakeCitizensAnswer,
    ) -> None:
        self._take_answer = take_answer
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._metrics = essentials.metrics
        self._record = record
        self._queue_text = queue_text

    async def __call__(self, event: TextArrived) -> None:
        """Take one text; the same one again changes nothing.

        Raises:
            Unavailable: nothing was stored; the carrier brings it again.

        """
        event = replace(event, body=storable(event.body))
        try:
            await self._take(event)
        except AlreadyRecorded:
            await self._take(event)

    async def _take(self, event: TextArrived) -> None:
        async with self._database.transaction() as work:
            if await work.messages.is_known(event.message_id):
                self._metrics.event_repeated(kind="text")
                return
            now = self._clock.now()
            if event.sender is None:
                result = _Result("no_sender", "", _UNMATCHED)
            else:
                result = await self._handle(work, event, event.sender, now)
            await self._keep(work, event, result, now)
        self._metrics.reply_read(outcome=result.outcome, rule=result.rule)
        log.info(
            "message_received",
            message_id=event.message_id,
            outcome=result.outcome,
            rule=result.rule,
            match=result.match.reason,
            candidates=len(result.match.candidates),
        )

    async def _handle(
        self, work: UnitOfWork, event: TextArrived, sender: PhoneNumber, now: datetime
    ) -> _Result:
        invitations = await work.invitations.of_phone(sender, _CANDIDATES)
        if wants_restart(event.body):
            return await self._restart(work, sender, now)
        period = self._rules.additional_period
        results = await self._take_answer.texts(work, sender, now)
        letters = open_letters(invitations, now, period) | {text.letter for text in results}
        letter, words = take_letter(event.body, letters)
        reading = read_reply(words)
        if reading.outcome is Outcome.OPT_OUT:
            begun = await begin_opt_out(work, sender, event.body, now)
            answer = _Answer(MessageKind.OPT_OUT_CONFIRMATION) if begun else None
            return _Result(reading.outcome.value, reading.rule, _UNMATCHED, answer)
        unasked = await not_asked_yet(work, invitations)
        asked = [i for i in invitations if i.invitation_id not in unasked]
        told = answered_text(results, letter, asked)
        if told is not None:
            return await self._answer_result(work, told, letter, reading, now)
        match = match_reply(
            invitations, letter=letter, line=event.line, now=now, period=period, not_asked_yet=unasked
        )
        if match.invitation is None:
            first = await work.messages.first_answer_to_stranger(sender, now)
            answer = _Answer(MessageKind.UNKNOWN_NUMBER) if first else None
            return _Result(reading.outcome.value, reading.rule, match, answer)
        if reading.outcome is Outcome.RATING:
            return await self._rate(work, event, match, match.invitation, reading, now)
        return await self._clarify(work, match, match.invitation, reading, now)

    async def _answer_result(
        self, work: UnitOfWork, told: ResultText, letter: str | None, reading: Reading, now: datetime
    ) -> _Result:
        """It is about the handling of a rating, not a rating."""
        if is_in_doubt(told, letter):
            answered = await self._take_answer.ask_back(work, told, now)
        else:
            answered = await self._take_answer(work, told, reading, now)
        invitation = await work.invitations.get(told.invitation_id)
        match = Match(invitation, "result_letter" if letter else "result_text", ())
        answer = _Answer(answered.reply, invitation, letter=told.letter) if answered.reply else None
        return _Result(answered.outcome, reading.rule, match, answer)

    async def _restart(self, work: UnitOfWork, sender: PhoneNumber, now: datetime) -> _Result:
        ended = await work.opt_outs.end(sender, now)
        answer = _Answer(MessageKind.RESTART_CONFIRMATION) if ended else None
        return _Result("restart", "restart", _UNMATCHED, answer)

    async def _rate(
        self,
        work: UnitOfWork,
        event: TextArrived,
        match: Match,
        invitation: Invitation,
        reading: Reading,
        now: datetime,
    ) -> _Result:
        asked_about = await work.services.get(invitation.lead_service_id, invitation.lead_visit_no)
        # A report may have moved the service to a batch, a theme or another person since it was asked about.
        present = asked_about.invitation_id if asked_about else invitation.invitation_id
        given = RatingGiven(
            event_key=event.message_id,
            service_id=invitation.lead_service_id,
            visit_no=invitation.lead_visit_no,
            invitation_id=present,
            subject=SubjectKind.ITEM,
            scope=Scope.WHOLE if invitation.is_themed else Scope.SERVICE,
            level=reading.level,
            channel=Channel.SMS,
            comment=redact(reading.comment),
            raw_input=redact(event.body),
            given_at=now,
        )
        if invitation.line is None:
            # The same reply may come twice, before the thanks for the first have left.
            await work.invitations.update([replace(invitation, line=event.line)])
        (plan,) = await self._record(work, [given], now)
        if present != invitation.invitation_id:
            await work.invitations.mark_rated([invitation.invitation_id], now)
        answer = _Answer(_thanks(plan, reading.level), invitation, reading.level)
        return _Result(reading.outcome.value, reading.rule, match, answer, plan.evaluation_id)

    async def _clarify(
        self, work: UnitOfWork, match: Match, invitation: Invitation, reading: Reading, now: datetime
    ) -> _Result:
        """Ask back, once for each invitation, and only while it is unrated."""
        if invitation.rated_at is not None or invitation.clarified_at is not None:
            return _Result(reading.outcome.value, reading.rule, match)
        asked = replace(invitation, clarified_at=now, texted_at=now)
        await work.invitations.update([asked])
        answer = _Answer(MessageKind.CLARIFICATION, asked)
        return _Result(reading.outcome.value, reading.rule, match, answer)

    async def _keep(self, work: UnitOfWork, event: TextArrived, result: _Result, now: datetime) -> None:
        invitation = result.match.invitation
        await work.messages.add_incoming(
            IncomingMessage(
                message_id=event.message_id,
                sender=event.sender,
                line=event.line,
                body=event.body,
                received_at=now,
                outcome=result.outcome,
                rule=result.rule,
                invitation_id=invitation.invitation_id if invitation else None,
                match_reason=result.match.reason,
                candidates=tuple(c.invitation_id for c in result.match.candidates),
                evaluation_id=result.evaluation_id,
            )
        )
        if result.answer is not None and event.sender is not None:
            order = self._order(event, event.sender, result.answer, now)
            await work.outbox.add([self._queue_text(order, now)])

    def _order(self, event: TextArrived, sender: PhoneNumber, answer: _Answer, now: datetime) -> TextOrder:
        invitation = answer.invitation
        language = invitation.language if invitation else Language.CHINESE
        return TextOrder(
            key=self._key(event, answer, now),
            kind=answer.kind,
            to=sender,
            language=language,
            timezone=invitation.timezone if invitation else self._rules.timezone.key,
            variables={
                "item_name": invitation.item_name if invitation else "",
                "letter": answer.letter or (invitation.letter if invitation else "") or "",
                "level_name": level_name(answer.level, language) if answer.level else "",
                "additional_days": str(self._rules.additional_period.days),
            },
            invitation_id=invitation.invitation_id if invitation else None,
            line=event.line,
        )

    def _key(self, event: TextArrived, answer: _Answer, now: datetime) -> str:
        """What a text is sent once for: each text of the citizen's, but a refusal only once a day.

        Two telephones that answer by themselves would else answer each other for ever.
        """
        if answer.kind is MessageKind.ALREADY_RATED and answer.invitation is not None:
            day = now.astimezone(self._rules.timezone).date()
            return f"refusal:{answer.invitation.invitation_id}:{day:%Y%m%d}"
        return f"answer:{event.message_id}"


def _thanks(plan: RatingPlan, level: Level | None) -> MessageKind:
    if plan.refusal is not None:
        return MessageKind.ALREADY_RATED
    if level is not None and level.is_bad:
        return MessageKind.THANKS_BAD
    return MessageKind.THANKS if plan.sequence == FIRST else MessageKind.ADDITIONAL_THANKS
