"""A call is over: say how it ended, and let the emails about it go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeVar

import structlog

from gateway.application.essentials import Essentials
from gateway.application.group_commit import GroupCommit
from gateway.application.ports.database import StoredCall, UnitOfWork
from gateway.application.record_evaluation import email_key
from gateway.domain.calls import CallEnding, CallProgress, classify_ending
from gateway.domain.evaluations import Evaluation
from gateway.domain.events import CallArrived, CallEnded
from gateway.domain.ids import CallId
from gateway.domain.outbox import OutboxKind

log = structlog.get_logger()

LOST_AFTER: Final = timedelta(minutes=30)
"""No flow lasts nearly as long; a call whose end nobody reported by then has ended."""
_AT_ONCE: Final = 100

CallEvent = TypeVar("CallEvent", CallArrived, CallEnded)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What is to be told of a call once its end is stored."""

    call_id: CallId
    ending: CallEnding
    rated: int


class EndCall:
    """Ends calls, each once."""

    def __init__(self, essentials: Essentials) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._metrics = essentials.metrics
        self._commit: GroupCommit[CallEnded, _Ended | None] = GroupCommit(
            essentials.database,
            self._end_group,
            essentials.metrics,
            largest=_AT_ONCE,
            at_once=essentials.database.writers,
        )

    async def __call__(self, event: CallEnded) -> CallEnding | None:
        """End one call; None when it is unknown or had ended before."""
        ended = await self._commit(event)
        if ended is None:
            return None
        self._tell(ended)
        return ended.ending

    async def close_lost(self) -> int:
        """End the calls whose end nobody reported; the number ended."""
        async with self._database.transaction() as work:
            lost = await work.calls.unended(self._clock.now() - LOST_AFTER, _AT_ONCE)
            ended = [await self._end(work, call, carrier_failed=False) for call in lost]
        for each in ended:
            self._tell(each)
        return len(lost)

    async def _end_group(self, work: UnitOfWork, events: Sequence[CallEnded]) -> list[_Ended | None]:
        ended: dict[int, _Ended] = {}
        for place, event in by_call(events):
            call = await work.calls.lock(event.call_id)
            if call is not None and call.ended_at is None:
                ended[place] = await self._end(work, call, carrier_failed=event.carrier_failed)
        return [ended.get(place) for place in range(len(events))]

    async def _end(self, work: UnitOfWork, call: StoredCall, *, carrier_failed: bool) -> _Ended:
        rated = await work.evaluations.of_call(call.call_id)
        ending = _ending(call, rated, carrier_failed=carrier_failed)
        await work.calls.update(replace(call, ended_at=self._clock.now(), ending=ending))
        follow_ups = await work.follow_ups.of_evaluations([e.evaluation_id for e in rated])
        if follow_ups:
            keys = [email_key(follow_up) for follow_up in follow_ups]
            await work.outbox.hasten(OutboxKind.EMAIL, keys, self._clock.now())
        return _Ended(call.call_id, ending, len(rated))

    def _tell(self, ended: _Ended) -> None:
        self._metrics.call_ended(ending=ended.ending.value)
        log.info("call_ended", call_id=ended.call_id, ending=ended.ending.value, rated=ended.rated)


def by_call(events: Sequence[CallEvent]) -> list[tuple[int, CallEvent]]:
    """Events with their places, in one order, that of ratings too, lest two groups wait for each other."""
    return sorted(enumerate(events), key=lambda placed: placed[1].call_id)


async def correct_ending(work: UnitOfWork, call_id: CallId) -> None:
    """Say anew how a call ended whose last key came after the report of its end.

    A caller who presses a key and hangs up makes the carrier send both at once, in either order. Calls are
    counted by their first ending only.
    """
    call = await work.calls.lock(call_id)
    if call is None or call.ending is None:
        return
    failed = call.ending is CallEnding.FAILED
    ending = _ending(call, await work.evaluations.of_call(call_id), carrier_failed=failed)
    if ending is not call.ending:
        await work.calls.update(replace(call, ending=ending))
        log.info("call_ending_corrected", call_id=call_id, ending=ending.value, before=call.ending.value)


def _ending(call: StoredCall, rated: Sequence[Evaluation], *, carrier_failed: bool) -> CallEnding:
    return classify_ending(
        CallProgress(
            asked=call.asked,
            rated={e.subject.kind for e in rated},
            ran_out_of_tries=call.ran_out_of_tries,
            carrier_failed=carrier_failed,
        )
    )
