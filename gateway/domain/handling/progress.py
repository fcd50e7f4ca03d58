"""How far a follow-up has come, and what is owed next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import (
    AnswerOfCitizen,
    CallBack,
    Judge,
    Overrule,
    Rectify,
    Return,
)

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.follow_ups import FollowUp
    from gateway.domain.handling.acts import Act, Verdict


class DeadlineKind(Enum):
    """What falls due (R-10, R-11)."""

    ACKNOWLEDGE = "acknowledge"
    CALL_BACK = "call_back"
    RECTIFY = "rectify"

    @property
    def name_zh(self) -> str:
        """What is to be done."""
        return _NAMES[self][0]

    @property
    def name_en(self) -> str:
        """The same in English."""
        return _NAMES[self][1]


_NAMES: Final = {
    DeadlineKind.ACKNOWLEDGE: ("签收", "acknowledge"),
    DeadlineKind.CALL_BACK: ("回访评价人", "call the citizen back"),
    DeadlineKind.RECTIFY: ("完成整改", "rectify"),
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """Until when which duty is to be done."""

    kind: DeadlineKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the history amounts to."""

    state: FollowUpState
    opened_at: datetime
    acknowledge_by: datetime
    call_back_by: datetime
    rectify_by: datetime
    steps: int = 0
    tries: tuple[CallBack, ...] = ()
    """Call-backs since it was opened or returned."""
    verdict: Verdict | None = None
    rectified: Rectify | None = None
    answer: AnswerOfCitizen | None = None


_DUTIES: Final = {
    FollowUpState.OPENED: DeadlineKind.ACKNOWLEDGE,
    FollowUpState.ACKNOWLEDGED: DeadlineKind.CALL_BACK,
    # Reached in time, but nobody has said yet what was found: that is due before the rectification is.
    FollowUpState.CALLED_BACK: DeadlineKind.RECTIFY,
    FollowUpState.RECTIFYING: DeadlineKind.RECTIFY,
}


def opened(follow_up: FollowUp) -> Progress:
    """The progress of a follow-up that nobody has touched."""
    return Progress(
        state=FollowUpState.OPENED,
        opened_at=follow_up.opened_at,
        acknowledge_by=follow_up.acknowledge_by,
        call_back_by=follow_up.call_back_by,
        rectify_by=follow_up.rectify_by,
    )


def deadline_of(progress: Progress) -> Deadline | None:
    """What the agency owes next; None when it owes nothing."""
    kind = _DUTIES.get(progress.state)
    if kind is None:
        return None
    moments = {
        DeadlineKind.ACKNOWLEDGE: progress.acknowledge_by,
        DeadlineKind.CALL_BACK: progress.call_back_by,
        DeadlineKind.RECTIFY: progress.rectify_by,
    }
    return Deadline(kind, moments[kind])


def after(progress: Progress, act: Act, state: FollowUpState) -> Progress:
    """The progress once the act has led to the state."""
    later = replace(progress, state=state, steps=progress.steps + 1)
    match act:
        case CallBack():
            return replace(later, tries=(*progress.tries, act))
        case Judge(verdict=verdict):
            return replace(later, verdict=verdict)
        case Overrule(verdict=verdict, due_by=due_by):
            rectify_by = due_by if verdict.is_adopted else progress.rectify_by
            return replace(later, verdict=verdict, rectify_by=rectify_by, rectified=None, answer=None)
        case Return(due_by=due_by):
            return _returned(later, due_by)
        case Rectify():
            return replace(later, rectified=act)
        case AnswerOfCitizen():
            return replace(later, answer=act)
        case _:
            return later


def _returned(later: Progress, due_by: datetime) -> Progress:
    if later.state is FollowUpState.RECTIFYING:
        return replace(later, rectify_by=due_by, rectified=None, answer=None)
    # What may be found by calling back cannot have been due before.
    rectify_by = max(later.rectify_by, due_by)
    return replace(later, call_back_by=due_by, rectify_by=rectify_by, tries=(), verdict=None)
