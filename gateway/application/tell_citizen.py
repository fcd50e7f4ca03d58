"""Telling a citizen the result of a follow-up by text, or that somebody has to call (R-11, R-12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

import structlog

from gateway.application.outgoing_texts import follow_up_of
from gateway.application.owe_letter import owed_letter
from gateway.application.ports.database import UnitOfWork
from gateway.application.queue_text import QueueText, TextOrder
from gateway.application.take_step import Taken, TakeStep
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import SYSTEM, TellCitizen, Way
from gateway.domain.handling.history import is_known
from gateway.domain.handling.judgement import Refusal
from gateway.domain.handling.letters import Letter, LetterKind
from gateway.domain.handling.result_texts import (
    ResultText,
    ResultTextState,
    letter_for_result,
    result_text_key,
    standing_result,
    told_step,
)
from gateway.domain.ids import FollowUpId
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxEntry, OutboxState
from gateway.domain.plain_text import one_line
from gateway.domain.rules import Rules
from gateway.domain.segments import count_segments

log = structlog.get_logger()


class WhyNoText(Enum):
    """Why a citizen is to be called instead of texted."""

    OPTED_OUT = "opted_out"
    NO_NUMBER = "no_number"
    UNSENT = "unsent"
    """A text was tried, and no carrier took it."""


@dataclass(frozen=True, slots=True)
class PlannedText:
    """The text as the citizen would get it."""

    order: TextOrder
    words: str
    letter: str

    @property
    def segments(self) -> int:
        """How many SMS segments it takes."""
        return count_segments(self.words).segments

    @property
    def is_too_long(self) -> bool:
        """Whether it takes more segments than its kind may."""
        return self.segments > self.order.kind.segment_limit


class TellOfResult:
    """Plans and queues such texts within the caller's transaction, and learns how far they got."""

    def __init__(self, rules: Rules, queue_text: QueueText, take_step: TakeStep) -> None:
        self._rules = rules
        self._queue_text = queue_text
        self._take_step = take_step

    async def plan(
        self, work: UnitOfWork, follow_up: FollowUp, answer: str | None, now: datetime
    ) -> PlannedText | WhyNoText:
        """The text that tells of the next step: the agency's answer, or None: the rating does not count."""
        evaluation = await work.evaluations.get(follow_up.evaluation_id)
        # Opened by one agency of a theme, the invitation is that of the citizen who rated.
        invitation_id = evaluation.invitation_id if evaluation else None
        invitation = await work.invitations.get(invitation_id) if invitation_id else None
        if invitation is None or invitation.phone is None:
            return WhyNoText.NO_NUMBER
        if await work.opt_outs.are_out([invitation.phone]):
            return WhyNoText.OPTED_OUT
        since = now - self._rules.additional_period
        letter = letter_for_result(await work.result_texts.of_phone(invitation.phone, since))
        order = TextOrder(
            key=result_text_key(follow_up.follow_up_id, follow_up.steps + 1),
            kind=MessageKind.NOT_ADOPTED if answer is None else MessageKind.HANDLED,
            to=invitation.phone,
            language=invitation.language,
            timezone=invitation.timezone,
            variables={"item_name": invitation.item_name, "letter": letter, "answer": _ended(answer or "")},
            invitation_id=invitation.invitation_id,
            follow_up_id=follow_up.follow_up_id,
        )
        return PlannedText(order, self._queue_text.words(order), letter)

    async def queue(self, work: UnitOfWork, follow_up: FollowUp, planned: PlannedText, now: datetime) -> None:
        """Owe it to the citizen; the follow-up is as it was when the text was planned."""
        order = planned.order
        if order.invitation_id is None:
            raise LookupError(f"{order.key} is about no invitation")
        text = ResultText(
            follow_up_id=follow_up.follow_up_id,
            step=follow_up.steps + 1,
            phone=order.to,
            invitation_id=order.invitation_id,
            letter=planned.letter,
            queued_at=now,
        )
        await work.result_texts.add(text)
        await work.outbox.add([self._queue_text(order, now)])

    async def overtaken(self, work: UnitOfWork, entries: Iterable[OutboxEntry]) -> frozenset[str]:
        """The keys of those whose result stands no more: sent back, or overruled, while they waited."""
        found = []
        for entry in entries:
            follow_up_id = follow_up_of(entry)
            if follow_up_id is not None and not await self._stands(work, follow_up_id, told_step(entry.key)):
                found.append(entry.key)
        return frozenset(found)

    async def begun(self, work: UnitOfWork, entries: Iterable[OutboxEntry], now: datetime) -> None:
        """They are about to leave: until they are settled nobody knows whether they have arrived."""
        for entry in entries:
            follow_up_id = follow_up_of(entry)
            if follow_up_id is None:
                continue
            text = await work.result_texts.of_step(follow_up_id, told_step(entry.key))
            if text is not None and text.tried_at is None:
                await work.result_texts.update(text, replace(text, tried_at=now))

    async def settled(
        self, work: UnitOfWork, entries: Iterable[OutboxEntry], state: OutboxState, now: datetime
    ) -> None:
        """What is settled for good: a text that left is a step of its follow-up (R-11)."""
        # In one order everywhere: two workers that settle texts of the same follow-ups must not wait for
        # each other.
        for entry in sorted(entries, key=lambda each: each.key):
            follow_up_id = follow_up_of(entry)
            if follow_up_id is None:
                continue
            text = await work.result_texts.of_step(follow_up_id, told_step(entry.key))
            is_sent = state is OutboxState.DONE
            if text is None or text.state is ResultTextState.SENT:
                continue
            if text.state is ResultTextState.UNSENT and not is_sent:
                # Somebody was asked to call already: let rest, or tried again in vain.
                continue
            reached = ResultTextState.SENT if is_sent else ResultTextState.UNSENT
            await work.result_texts.update(text, replace(text, state=reached, settled_at=now))
            if not await self._stands(work, follow_up_id, text.step):
                log.info("result_text_overtaken", follow_up_id=follow_up_id, sent=is_sent)
            elif is_sent:
                await self._note_told(work, text, str(entry.payload["body"]), now)
            else:
                await work.outbox.add([owed_letter(_by_phone(text), now)])

    async def _stands(self, work: UnitOfWork, follow_up_id: FollowUpId, step: int) -> bool:
        """Whether that is the result that the citizen is to learn; nobody can tell of a damaged history."""
        try:
            history = [kept.step for kept in await work.follow_ups.history(follow_up_id)]
        except LookupError:
            return True
        return standing_result(history) == step or not is_known(history)

    async def _note_told(self, work: UnitOfWork, text: ResultText, words: str, now: datetime) -> None:
        try:
            taken = await self._take_step(work, text.follow_up_id, SYSTEM, TellCitizen(Way.TEXT, words), now)
        except LookupError as damage:
            # The text has left, whatever its history looks like: it must be settled, lest it leaves again.
            log.error("result_text_not_noted", follow_up_id=text.follow_up_id, why=str(damage))  # noqa: TRY400 - told whole
            return
        if not isinstance(taken, Taken):
            why = taken.value if isinstance(taken, Refusal) else "overtaken"
            log.warning("result_text_not_noted", follow_up_id=text.follow_up_id, why=why)


def _by_phone(text: ResultText) -> Letter:
    return Letter(
        kind=LetterKind.TELL_BY_PHONE,
        follow_up_id=text.follow_up_id,
        name=f"by-phone-{text.step}",
        tier=0,
    )


def _ended(answer: str) -> str:
    """The agency's words as one sentence, so that what follows them is seen as ours."""
    words = one_line(answer)
    return words if not words or words[-1] in "。！？.!?" else f"{words}。"
