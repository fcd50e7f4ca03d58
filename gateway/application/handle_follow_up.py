"""Something is done with a follow-up: judged, recorded, and what follows is set going (R-10 to R-13)."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from gateway.application.bureau.refer import referral_entry
from gateway.application.essentials import Essentials
from gateway.application.owe_letter import owed_letter
from gateway.application.ports.database import UnitOfWork
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.take_step import Overtaken, Taken, TakeStep
from gateway.application.tell_citizen import PlannedText, TellOfResult, WhyNoText
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.acts import (
    Act,
    Actor,
    Attach,
    Comment,
    Judge,
    Overrule,
    Rectify,
    Refer,
    Return,
    Verdict,
)
from gateway.domain.handling.attachments import MOST, safe_name, type_of
from gateway.domain.handling.history import fold, visible_to
from gateway.domain.handling.judgement import Refusal
from gateway.domain.handling.letters import BUREAU_TIER, Letter, LetterKind
from gateway.domain.handling.progress import Progress, deadline_of
from gateway.domain.ids import FollowUpId

Outcome = Progress | Refusal | Overtaken


class HandleFollowUp:
    """What agencies and the bureau do, with all that follows from it."""

    def __init__(
        self, essentials: Essentials, record: RecordEvaluation, take_step: TakeStep, tell: TellOfResult
    ) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._record = record
        self._take_step = take_step
        self._tell = tell

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

    async def attach(
        self, follow_up_id: FollowUpId, actor: Actor, name: str, content: bytes
    ) -> Progress | Refusal | Overtaken:
        """Add a file, if it is one that may be; the very same from the same person again adds nothing.

        Raises:
            LookupError: there is no such follow-up, or its history is damaged.

        """
        kind = type_of(content)
        if kind is None:
            return Refusal.FILE_TYPE
        act = Attach(safe_name(name, kind), kind.value, len(content), sha256(content).hexdigest())
        try:
            return await self._attach(follow_up_id, actor, act, content)
        except AlreadyRecorded:
            return await self._attach(follow_up_id, actor, act, content)

    async def _attach(
        self, follow_up_id: FollowUpId, actor: Actor, act: Attach, content: bytes
    ) -> Progress | Refusal | Overtaken:
        async with self._database.transaction() as work:
            now = self._clock.now()
            follow_up = _existing(await work.follow_ups.lock(follow_up_id), follow_up_id)
            history = [kept.step for kept in await work.follow_ups.history(follow_up_id)]
            attached = [step for step in history if isinstance(step.act, Attach)]
            if any((step.actor, step.act) == (actor, act) for step in attached):
                # Its answer was lost, or it was sent twice.
                return fold(follow_up, history)
            if len(attached) >= MOST:
                return Refusal.TOO_MANY_FILES
            taken = await self._take_step(work, follow_up_id, actor, act, now)
            if not isinstance(taken, Taken):
                return taken
            await work.attachments.add(follow_up_id, taken.after.steps, content, now)
            return taken.after

    async def attachment(self, follow_up_id: FollowUpId, step: int) -> tuple[Attach, bytes] | None:
        """A file with what is on record of it; None where there is none any more."""
        async with self._database.reading() as work:
            history = await work.follow_ups.history(follow_up_id)
            act = next((kept.step.act for kept in history if kept.step.number == step), None)
            content = await work.attachments.content(follow_up_id, step)
        return (act, content) if isinstance(act, Attach) and content is not None else None

    async def preview(
        self, follow_up_id: FollowUpId, actor: Actor, act: Rectify, *, seen: int | None = None
    ) -> PlannedText | WhyNoText | Refusal | Overtaken:
        """What the citizen would get of it: the very text, or why there is none; nothing is done.

        Raises:
            LookupError: there is no such follow-up, or its history is damaged.

        """
        async with self._database.reading() as work:
            now = self._clock.now()
            follow_up = _existing(await work.follow_ups.get(follow_up_id), follow_up_id)
            judged = await self._take_step.judge(work, follow_up, actor, act, now, seen=seen)
            if isinstance(judged, Refusal | Overtaken):
                return judged
            return await self._planned(work, follow_up, act, now)

    async def _planned(
        self, work: UnitOfWork, follow_up: FollowUp, act: Rectify, now: datetime
    ) -> PlannedText | WhyNoText | Refusal:
        """The text by which the citizen learns of a rectification."""
        planned = await self._tell.plan(work, follow_up, act.answer, now)
        too_long = isinstance(planned, PlannedText) and planned.is_too_long
        return Refusal.ANSWER_TOO_LONG if too_long else planned

    async def _in_one(self, follow_up_id: FollowUpId, actor: Actor, act: Act, seen: int | None) -> Outcome:
        async with self._database.transaction() as work:
            now = self._clock.now()
            known = _existing(await work.follow_ups.get(follow_up_id), follow_up_id)
            await self._record.hold(work, known.evaluation_id)
            follow_up = _existing(await work.follow_ups.lock(follow_up_id), follow_up_id)
            said = await _said_before(work, follow_up, actor, act, seen)
            if said is not None:
                return said
            planned = await self._planned(work, follow_up, act, now) if isinstance(act, Rectify) else None
            if isinstance(planned, Refusal):
                return planned
            taken = await self._take_step(work, follow_up_id, actor, act, now, seen=seen)
            if not isinstance(taken, Taken):
                return taken
            await _owe_referral(work, act, taken, now)
            if _counts(taken.before.verdict) is not _counts(taken.after.verdict):
                await self._record.adopt(work, follow_up, now, adopted=_counts(taken.after.verdict))
                if not _counts(taken.after.verdict):
                    planned = await self._tell.plan(work, follow_up, None, now)
            if taken.after.state is FollowUpState.NOT_ADOPTED and isinstance(act, Judge):
                await work.outbox.add([owed_letter(_to_the_bureau(taken), now)])
            await _owe_return(work, act, taken, now)
            if isinstance(planned, PlannedText):
                await self._tell.queue(work, follow_up, planned, now)
            return taken.after


async def _said_before(
    work: UnitOfWork, follow_up: FollowUp, actor: Actor, act: Act, seen: int | None
) -> Progress | None:
    """Where things stand, if this very remark is there already: its answer was lost, or it came twice.

    Any other act that comes again is overtaken by itself.
    """
    if seen is None or not isinstance(act, Comment):
        return None
    history = [kept.step for kept in await work.follow_ups.history(follow_up.follow_up_id)]
    since = visible_to(actor.kind, history)[seen:]
    return fold(follow_up, history) if any((s.actor, s.act) == (actor, act) for s in since) else None


async def _owe_referral(work: UnitOfWork, act: Act, taken: Taken, now: datetime) -> None:
    """A suspected violation is owed to the department that the act names (R-20)."""
    if isinstance(act, Refer):
        await work.outbox.add([referral_entry(taken.follow_up.follow_up_id, taken.after.steps, now)])


async def _owe_return(work: UnitOfWork, act: Act, taken: Taken, now: datetime) -> None:
    """What the bureau gives back to the agency is not to wait for the list of the next morning (R-13)."""
    deadline = deadline_of(taken.after)
    if not isinstance(act, Return | Overrule) or deadline is None:
        return
    letter = Letter(
        kind=LetterKind.RETURNED,
        follow_up_id=taken.follow_up.follow_up_id,
        name=f"returned-{taken.after.steps}",
        tier=0,
        duty=deadline.kind,
    )
    await work.outbox.add([owed_letter(letter, now)])


def _existing(follow_up: FollowUp | None, follow_up_id: FollowUpId) -> FollowUp:
    if follow_up is None:
        raise LookupError(f"there is no follow-up {follow_up_id}")
    return follow_up


def _to_the_bureau(taken: Taken) -> Letter:
    """That a rating is not adopted, and why (R-12)."""
    return Letter(
        kind=LetterKind.NOT_ADOPTED,
        follow_up_id=taken.follow_up.follow_up_id,
        name=f"not-adopted-{taken.after.steps}",
        tier=BUREAU_TIER,
    )


def _counts(verdict: Verdict | None) -> bool:
    """Whether the rating counts: as long as nobody has found otherwise."""
    return verdict is None or verdict.is_adopted
