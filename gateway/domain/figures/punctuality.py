"""How follow-ups of a month came out, and whether what was owed was done in time (R-10, R-11)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from gateway.domain.handling.acts import ActKind, CallBack, Judge, Overrule, Return, Verdict
from gateway.domain.handling.progress import DeadlineKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.follow_ups import FollowUp
    from gateway.domain.handling.acts import Act
    from gateway.domain.handling.history import FollowUpStep


class Timing(Enum):
    """Whether something owed was done by its deadline."""

    ON_TIME = "on_time"
    LATE = "late"
    """Done late, or not done though its time is over."""
    OPEN = "open"
    """Its time has not come."""


@dataclass(frozen=True, slots=True)
class FollowUpOutcome:
    """One follow-up, as far as it has come."""

    verdict: Verdict | None
    timings: Mapping[DeadlineKind, Timing]
    """Only what is owed: nothing is to be rectified where the rating was mistaken."""


@dataclass(frozen=True, slots=True)
class FollowUpFigures:
    """All follow-ups of a month."""

    opened: int
    verdicts: Mapping[Verdict | None, int]
    """None = not judged yet."""
    timings: Mapping[tuple[DeadlineKind, Timing], int]

    def on_time_rate(self, kind: DeadlineKind) -> float | None:
        """The share of what is done or overdue that was done in time; None where nothing is."""
        kept, late = (self.timings.get((kind, timing), 0) for timing in (Timing.ON_TIME, Timing.LATE))
        return kept / (kept + late) if kept + late else None


def outcome_of(follow_up: FollowUp, history: Sequence[FollowUpStep], now: datetime) -> FollowUpOutcome:
    """What became of a follow-up, as seen at `now`."""
    verdict: Verdict | None = None
    done: dict[DeadlineKind, datetime] = {}
    due = {
        DeadlineKind.ACKNOWLEDGE: follow_up.acknowledge_by,
        DeadlineKind.CALL_BACK: follow_up.call_back_by,
        DeadlineKind.RECTIFY: follow_up.rectify_by,
    }
    for step in history:
        due |= _given(step.act, verdict, due)
        match step.act:
            case CallBack():
                done.setdefault(DeadlineKind.ACKNOWLEDGE, step.at)
                # A try in vain is a call-back too: whether the citizen answers is not the agency's to choose.
                # It counts from when it was recorded: when they called is what people type.
                done.setdefault(DeadlineKind.CALL_BACK, step.at)
            case Judge(verdict=judged):
                verdict = judged
            case Overrule(verdict=judged):
                verdict = judged
                done.pop(DeadlineKind.RECTIFY, None)
            case Return():
                done.pop(DeadlineKind.RECTIFY if _is_true(verdict) else DeadlineKind.CALL_BACK, None)
                verdict = verdict if _is_true(verdict) else None
        if step.act.kind is ActKind.ACKNOWLEDGED:
            done.setdefault(DeadlineKind.ACKNOWLEDGE, step.at)
        if step.act.kind is ActKind.RECTIFIED:
            done[DeadlineKind.RECTIFY] = step.at
    owed_kinds = [kind for kind in due if kind is not DeadlineKind.RECTIFY or _is_true(verdict)]
    return FollowUpOutcome(verdict, {kind: _timing(due[kind], done.get(kind), now) for kind in owed_kinds})


def _given(
    act: Act, verdict: Verdict | None, due: Mapping[DeadlineKind, datetime]
) -> Mapping[DeadlineKind, datetime]:
    """The deadlines that the bureau sets by an act; `verdict` and `due` are what stood before."""
    match act:
        case Overrule(verdict=Verdict.TRUE, due_by=due_by):
            return {DeadlineKind.RECTIFY: due_by}
        case Return(due_by=due_by) if _is_true(verdict):
            return {DeadlineKind.RECTIFY: due_by}
        case Return(due_by=due_by):
            # What may be found by calling back cannot have been due before.
            rectify_by = max(due[DeadlineKind.RECTIFY], due_by)
            return {DeadlineKind.CALL_BACK: due_by, DeadlineKind.RECTIFY: rectify_by}
        case _:
            return {}


def figures_of(outcomes: Iterable[FollowUpOutcome]) -> FollowUpFigures:
    """The sums."""
    opened, verdicts = 0, Counter[Verdict | None]()
    timings = Counter[tuple[DeadlineKind, Timing]]()
    for outcome in outcomes:
        opened += 1
        verdicts[outcome.verdict] += 1
        timings.update(outcome.timings.items())
    return FollowUpFigures(opened, dict(verdicts), dict(timings))


def _timing(due_by: datetime, done_at: datetime | None, now: datetime) -> Timing:
    if done_at is None:
        return Timing.OPEN if now <= due_by else Timing.LATE
    return Timing.ON_TIME if done_at <= due_by else Timing.LATE


def _is_true(verdict: Verdict | None) -> bool:
    return verdict is Verdict.TRUE
