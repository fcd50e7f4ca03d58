"""One step of a follow-up, judged and chained to the one before: the one place where histories grow."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from gateway.application.ports.database import UnitOfWork
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.acts import Act, ActKind, Actor, Comment
from gateway.domain.handling.alarms import next_alarm
from gateway.domain.handling.chain import head_of, link
from gateway.domain.handling.history import FollowUpStep, fold, is_known, visible_to
from gateway.domain.handling.judgement import Refusal, judge_act
from gateway.domain.handling.progress import Progress, deadline_of
from gateway.domain.ids import FollowUpId
from gateway.domain.rules import Rules

log = structlog.get_logger()

SALT_BYTES = 16
_QUIET: Final = frozenset(
    {ActKind.COMMENTED, ActKind.ATTACHED, ActKind.NUMBER_SHOWN, ActKind.RECORDING_PLAYED}
)
"""What leaves everything as it was: nobody's form is sent back because of it."""


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else did something since the actor looked; nothing was done."""

    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A step that was taken."""

    follow_up: FollowUp
    before: Progress
    after: Progress


class TakeStep:
    """Takes steps within the caller's transaction; what follows from them is the caller's."""

    def __init__(self, rules: Rules, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._rules = rules
        self._random_bytes = random_bytes

    async def __call__(
        self,
        work: UnitOfWork,
        follow_up_id: FollowUpId,
        actor: Actor,
        act: Act,
        now: datetime,
        *,
        seen: int | None = None,
    ) -> Taken | Refusal | Overtaken:
        """Do it, if it may be done; `seen` is how many steps the actor knew of.

        Raises:
            LookupError: there is no such follow-up, or its history is damaged.
            AlreadyRecorded: another step was taken at the same moment; look again.

        """
        follow_up = await work.follow_ups.lock(follow_up_id)
        if follow_up is None:
            raise LookupError(f"there is no follow-up {follow_up_id}")
        judged = await self.judge(work, follow_up, actor, act, now, seen=seen)
        if isinstance(judged, Refusal | Overtaken):
            return judged
        before, after = judged
        step = FollowUpStep(number=after.steps, at=now, actor=actor, act=act)
        kept = link(head_of(follow_up), follow_up_id, step, self._random_bytes(SALT_BYTES))
        deadline = deadline_of(after)
        await work.follow_ups.append(follow_up, kept, after.state, deadline.at if deadline else None)
        await self._watch(work, follow_up, before, after, now)
        log.info(
            "follow_up_step",
            follow_up_id=follow_up_id,
            act=act.kind.value,
            by=actor.kind.value,
            state=after.state.value,
        )
        return Taken(follow_up=follow_up, before=before, after=after)

    async def _watch(
        self, work: UnitOfWork, follow_up: FollowUp, before: Progress, after: Progress, now: datetime
    ) -> None:
        """Let the next alarm be that of what is owed now."""
        closed = FollowUpState.CLOSED
        if after.state is closed:
            if before.state is not closed:
                await work.follow_ups.unwatch(follow_up.follow_up_id)
            return
        deadline = deadline_of(after)
        # An alarm that is due at this very moment is not to be skipped by a remark.
        if deadline != deadline_of(before) or before.state is closed:
            alarm = next_alarm(deadline, now, self._rules.calendar, self._rules.timezone)
            await work.follow_ups.watch(follow_up, alarm.at if alarm else None)

    async def judge(
        self,
        work: UnitOfWork,
        follow_up: FollowUp,
        actor: Actor,
        act: Act,
        now: datetime,
        *,
        seen: int | None = None,
    ) -> tuple[Progress, Progress] | Refusal | Overtaken:
        """The progress before and after it, or why it may not be done; raises as the step itself would."""
        history = [kept.step for kept in await work.follow_ups.history(follow_up.follow_up_id)]
        before = fold(follow_up, history)
        if not is_known(history):
            return Refusal.NEWER
        # A remark stands whatever was said meanwhile; everything else answers to what its author saw.
        known = visible_to(actor.kind, history)
        if seen is not None and not isinstance(act, Comment) and _missed(known, seen):
            return Overtaken(before)
        after = judge_act(before, actor, act, now, self._rules)
        return after if isinstance(after, Refusal) else (before, after)


def _missed(history: Sequence[FollowUpStep], seen: int) -> bool:
    """Whether something was done since that whoever acts now ought to know."""
    return seen > len(history) or any(step.act.kind not in _QUIET for step in history[seen:])
