"""A citizen says whether the handling of their rating satisfies them (R-11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from gateway.application.ports.database import UnitOfWork
from gateway.application.take_step import Taken, TakeStep
from gateway.domain.handling.acts import CITIZEN, AnswerOfCitizen
from gateway.domain.handling.judgement import LONGEST_WORDS
from gateway.domain.handling.result_texts import ResultText
from gateway.domain.levels import Level
from gateway.domain.messages import MessageKind
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.redaction import redact
from gateway.domain.reply import Reading
from gateway.domain.rules import Rules

log = structlog.get_logger()

_MOST: Final = 20
"""Answers that a history takes: a telephone that answers by itself must not fill it up."""
_LAST: Final = "（此后的回复不再列入办理记录）"


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a reply about the handling."""

    outcome: str
    text: ResultText
    reply: MessageKind | None
    """What to text back; None for silence."""


class TakeCitizensAnswer:
    """Finds the question that a reply answers, and records the answer as a step of the follow-up."""

    def __init__(self, rules: Rules, take_step: TakeStep) -> None:
        self._rules = rules
        self._take_step = take_step

    async def texts(self, work: UnitOfWork, sender: PhoneNumber, now: datetime) -> list[ResultText]:
        """The texts that this person may answer now."""
        return await work.result_texts.of_phone(sender, now - self._rules.additional_period)

    async def __call__(self, work: UnitOfWork, text: ResultText, reading: Reading, now: datetime) -> Answered:
        """Record it, or ask back once."""
        if reading.level is None:
            return await self.ask_back(work, text, now)
        # Two that come at once must see each other.
        await work.follow_ups.lock(text.follow_up_id)
        try:
            history = await work.follow_ups.history(text.follow_up_id)
            before = sum(isinstance(kept.step.act, AnswerOfCitizen) for kept in history)
            if before >= _MOST:
                # The words are kept with the text itself; the history says that there may be more.
                log.warning("answer_not_noted", follow_up_id=text.follow_up_id, why="too many answers")
                return Answered("answer_beyond_limit", text, None)
            act = _act(reading.level, reading.comment, is_last=before + 1 == _MOST)
            taken = await self._take_step(work, text.follow_up_id, CITIZEN, act, now)
        except LookupError as damage:
            # The words are kept with the text itself; bringing it again would not mend the history.
            log.warning("answer_not_noted", follow_up_id=text.follow_up_id, why=str(damage))
            return Answered("answer_refused", text, None)
        if not isinstance(taken, Taken):
            return Answered("answer_refused", text, None)
        await work.result_texts.update(text, replace(text, answered_at=now))
        return Answered("handling_answered", text, MessageKind.HANDLING_NOTED)

    async def ask_back(self, work: UnitOfWork, text: ResultText, now: datetime) -> Answered:
        """Ask once what the reply is about, or what it says: the question names the letter."""
        if text.clarified_at is not None or text.answered_at is not None:
            return Answered("unclear", text, None)
        await work.result_texts.update(text, replace(text, clarified_at=now))
        return Answered("unclear", text, MessageKind.HANDLING_CLARIFICATION)


def _act(level: Level, comment: str, *, is_last: bool) -> AnswerOfCitizen:
    """Cut and not refused: the whole text stays with the messages."""
    note = _LAST if is_last else ""
    return AnswerOfCitizen(not level.is_bad, redact(comment)[: LONGEST_WORDS - len(note)] + note)
