"""The text by which a citizen is told the result of a follow-up, and which reply answers it (R-11, R-12).

Its question names a letter that no reminder ever names, and its options are the two ends of the rating
scale, so that no reply can be read as the opposite of what was meant, whichever question it answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.domain.handling.acts import Judge, Overrule, Rectify, Return, TellCitizen

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from gateway.domain.handling.history import FollowUpStep
    from gateway.domain.ids import FollowUpId, InvitationId
    from gateway.domain.invitations import Invitation
    from gateway.domain.phone_numbers import PhoneNumber

LETTERS: Final = "RUVWXYZ"
"""None of those of reminders (`domain.matching.LETTERS`).

Nor T, N, D, S or Q, with which opt-outs begin, nor I or O, which are read as 1 and 0.
"""


class ResultTextState(Enum):
    """How far the text got."""

    WAITING = "waiting"
    SENT = "sent"
    UNSENT = "unsent"
    """It will not go: the citizen is to be called instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultText:
    """One text about the result of one follow-up."""

    follow_up_id: FollowUpId
    step: int
    """The number of the step that it tells of."""
    phone: PhoneNumber | None
    """None once its time is over (R-18)."""
    invitation_id: InvitationId
    letter: str
    queued_at: datetime
    state: ResultTextState = ResultTextState.WAITING
    tried_at: datetime | None = None
    """When it was about to leave for the first time: since then it may have arrived."""
    settled_at: datetime | None = None
    """When it left, or was given up."""
    clarified_at: datetime | None = None
    answered_at: datetime | None = None

    @property
    def key(self) -> str:
        """The outbox key of the text."""
        return result_text_key(self.follow_up_id, self.step)


def result_text_key(follow_up_id: FollowUpId, step: int) -> str:
    """The stable id of the text that tells of this step."""
    return f"result:{follow_up_id}:{step}"


def told_step(key: str) -> int:
    """The step that the text of this outbox key tells of; 0 where it is no such key."""
    number = key.rpartition(":")[2]
    return int(number) if key.startswith("result:") and number.isdigit() else 0


def standing_result(history: Sequence[FollowUpStep]) -> int:
    """The step whose result the citizen is to learn; 0 where none stands: sent back, or overruled."""
    stands, is_adopted = 0, True
    for step in history:
        match step.act:
            case Rectify():
                stands, is_adopted = step.number, True
            case Judge(verdict=verdict) | Overrule(verdict=verdict) if not verdict.is_adopted:
                # Found mistaken by one and malicious by the other, it is the same to whoever rated.
                stands = step.number if is_adopted or not stands else stands
                is_adopted = False
            case Overrule() | Return():
                stands, is_adopted = 0, True
    return stands


def is_told(history: Sequence[FollowUpStep]) -> bool:
    """Whether the citizen has learnt the result that stands, by text or by telephone."""
    result = standing_result(history)
    told = (step.number for step in history if isinstance(step.act, TellCitizen))
    return 0 < result < max(told, default=0)


def letter_for_result(others: Collection[ResultText]) -> str:
    """The letter that the next text of this person names: the first that no other open one has.

    With more open ones than letters the last letter stands for several; the newest of them is meant.
    """
    taken = {text.letter for text in others}
    return next((letter for letter in LETTERS if letter not in taken), LETTERS[-1])


def answered_text(
    texts: Sequence[ResultText], letter: str | None, invitations: Sequence[Invitation]
) -> ResultText | None:
    """Which of a person's texts a reply answers; None when it is about a rating.

    A letter decides, and proves that its text arrived. Without one, a reply answers what was asked last:
    such a text, unless a service was asked about after it and is not rated yet. It may be one of which nobody
    knows yet whether it has arrived (see `is_in_doubt`).
    """
    if letter is not None:
        # A reply may come before it is written down that its question has left, or after that was given up.
        named = [t for t in texts if t.letter == letter]
        return max(named, key=lambda t: (t.state is not ResultTextState.UNSENT, _settled_at(t)), default=None)
    asked = sorted((t for t in texts if _may_have_arrived(t)), key=_settled_at)
    if not asked or asked[-1].answered_at is not None:
        return None
    last = asked[-1]
    rivals = [i.texted_at for i in invitations if i.rated_at is None and i.texted_at is not None]
    return None if any(texted_at > _settled_at(last) for texted_at in rivals) else last


def is_in_doubt(text: ResultText, letter: str | None) -> bool:
    """Whether a reply may as well be about a rating, so that its sender has to be asked.

    Its text was about to leave, and whether it has is not known yet: a carrier that gave no answer, a crash.
    Who was asked what they mean was told the question by that.
    """
    return letter is None and text.state is ResultTextState.WAITING and text.clarified_at is None


def _may_have_arrived(text: ResultText) -> bool:
    is_leaving = text.state is ResultTextState.WAITING and text.tried_at is not None
    return is_leaving or text.state is ResultTextState.SENT


def _settled_at(text: ResultText) -> datetime:
    return text.settled_at or text.tried_at or text.queued_at
