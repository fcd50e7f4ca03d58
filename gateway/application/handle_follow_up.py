"""Something is done with a follow-up: judged, recorded, and what follows is set going (R-10 to R-13)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.application.essentials import Essentials
from gateway.application.ports.database import UnitOfWork
from gateway.application.record_evaluation import RecordEvaluation
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import Act, Actor, Comment, Verdict
from gateway.domain.handling.chain import head_of, link
from gateway.domain.handling.history import FollowUpStep, fold
from gateway.domain.handling.judgement import Refusal, judge_act
from gateway.domain.handling.progress import Progress
from gateway.domain.ids import FollowUpId

log = structlog.get_logger()

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else did something since the actor looked; nothing was done."""

    progress: Progress


Outcome = Progress | Refusal | Overtaken


class HandleFollowUp:
    """The one place where a follow-up's history grows."""

    def __init__(
        self, essentials: Essentials, record: RecordEvaluation, random_bytes: Callable[[int], bytes]
    ) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._record = record
        self._random_bytes = random_bytes

    async def __call__(
        self, follow_up_id: FollowUpId, actor: Actor, act: Act, *, seen: int | None = None
    ) -> Outcome:
        """Do it, if it may be done; `seen` is how many steps the actor knew of.

        Raises:
            LookupError: there is no such follow-up, or its history is damaged.

        """
        try:
            return await self._in_one(follow_up_id, actor, act, seen)
        except AlreadyRecorded:
            return await self._in_one(follow_up_id, actor, act, seen)

    async def _in_one(self, follow_up_id: FollowUpId, actor: Actor, act: Act, seen: int | None) -> Outcome:
        async with self._database.transaction() as work:
            follow_up = await work.follow_ups.lock(follow_up_id)
            if follow_up is None:
                raise LookupError(f"there is no follow-up {follow_up_id}")
            now = self._clock.now()
            history = [kept.step for kept in await work.follow_ups.history(follow_up_id)]
            before = fold(follow_up, history)
            # A remark stands whatever was said meanwhile; everything else answers to what its author saw.
            if seen is not None and seen != before.steps and not isinstance(act, Comment):
                return Overtaken(before)
            after = judge_act(before, actor, act, now, self._rules)
            if isinstance(after, Refusal):
                return after
            step = FollowUpStep(number=after.steps, at=now, actor=actor, act=act)
            kept = link(head_of(follow_up), follow_up_id, step, self._random_bytes(SALT_BYTES))
            await work.follow_ups.append(follow_up, kept, after.state)
            await self._follow_through(work, follow_up, before, after, now)
        log.info(
            "follow_up_step",
            follow_up_id=follow_up_id,
            act=act.kind.value,
            by=actor.kind.value,
            state=after.state.value,
        )
        return after

    async def _follow_through(
        self, work: UnitOfWork, follow_up: FollowUp, before: Progress, after: Progress, now: datetime
    ) -> None:
        """What a verdict means for the rating itself (R-12)."""
        if _counts(before.verdict) is not _counts(after.verdict):
            await self._record.adopt(work, follow_up, now, adopted=_counts(after.verdict))


def _counts(verdict: Verdict | None) -> bool:
    """Whether the rating counts: as long as nobody has found otherwise."""
    return verdict is None or verdict.is_adopted
