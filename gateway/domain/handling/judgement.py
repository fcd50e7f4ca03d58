"""Whether an act may be done now, by this actor: the rules that the table of moves cannot tell."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import AnswerOfCitizen, CallBack, Judge, Rectify
from gateway.domain.handling.moves import move_of
from gateway.domain.handling.progress import Progress, after
from gateway.domain.handling.record import WORDS
from gateway.domain.redaction import redact

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.handling.acts import Act, Actor
    from gateway.domain.rules import Rules

LONGEST_WORDS: Final = 2000
"""Characters of one text; more belongs into an attachment."""
_WATCHES_DIFFER: Final = timedelta(minutes=5)


class Refusal(Enum):
    """Why an act is not done."""

    NOT_NOW = "not_now"
    """It does not follow from where the follow-up stands; perhaps somebody else was quicker."""
    NOT_YOURS = "not_yours"
    """It is somebody else's to do."""
    WORDS_MISSING = "words_missing"
    WORDS_TOO_LONG = "words_too_long"
    ANSWER_TOO_LONG = "answer_too_long"
    """The text to the citizen would take too many segments."""
    PERSONAL_DATA = "personal_data"
    """The answer to the citizen holds a number that may be somebody's (R-18)."""
    FILE_TYPE = "file_type"
    """A file that is none of the kinds that may be attached."""
    TOO_MANY_FILES = "too_many_files"
    CALL_FIRST = "call_first"
    """Nobody has spoken to the citizen, nor tried often enough (R-10)."""
    CALLED_WHEN = "called_when"
    """A call-back in the future, or from before the follow-up was opened."""
    NEWER = "newer"
    """A newer release took steps of which this one knows nothing: it is left to that."""


def judge_act(progress: Progress, actor: Actor, act: Act, now: datetime, rules: Rules) -> Progress | Refusal:
    """The progress that the act makes of this one, or why it is refused."""
    move = move_of(progress, act)
    if move is None:
        return Refusal.NOT_NOW
    if actor.kind not in move.by:
        return Refusal.NOT_YOURS
    fault = _fault_of_words(act) or _fault_of_calls(progress, act, now, rules)
    return fault or after(progress, act, progress.state if move.to is None else move.to)


def may_judge(progress: Progress, rules: Rules) -> bool:
    """Whether the citizen was heard, or tried for often enough and on more than one day (R-10)."""
    if progress.state is FollowUpState.CALLED_BACK:
        return True
    days = {attempt.called_at.astimezone(rules.timezone).date() for attempt in progress.tries}
    return len(progress.tries) >= rules.callback_tries and len(days) > 1


def _fault_of_words(act: Act) -> Refusal | None:
    texts = [str(getattr(act, field.name)) for field in fields(act) if field.name in WORDS]
    if any(len(text) > LONGEST_WORDS for text in texts):
        return Refusal.WORDS_TOO_LONG
    optional = isinstance(act, AnswerOfCitizen) or (isinstance(act, CallBack) and not act.reached)
    if not optional and any(not text.strip() for text in texts):
        return Refusal.WORDS_MISSING
    if isinstance(act, Rectify) and redact(act.answer) != act.answer:
        return Refusal.PERSONAL_DATA
    return None


def _fault_of_calls(progress: Progress, act: Act, now: datetime, rules: Rules) -> Refusal | None:
    match act:
        case CallBack(called_at=called_at):
            if not progress.opened_at - _WATCHES_DIFFER <= called_at <= now + _WATCHES_DIFFER:
                return Refusal.CALLED_WHEN
        case Judge() if not may_judge(progress, rules):
            return Refusal.CALL_FIRST
    return None
