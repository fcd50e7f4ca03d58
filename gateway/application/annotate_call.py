"""What a caller says beyond the rating: the reason, a spoken message, or nothing at all."""

from __future__ import annotations

from dataclasses import replace

from gateway.application.essentials import Essentials
from gateway.application.ports.database import UnitOfWork
from gateway.application.record_evaluation import RecordEvaluation, email_key
from gateway.domain.evaluations import Evaluation
from gateway.domain.flow.facts import MessageLeft, ReasonGiven
from gateway.domain.ids import CallId
from gateway.domain.outbox import OutboxKind


class AnnotateCall:
    """Adds to what was rated in a call; saying it twice changes nothing."""

    def __init__(self, essentials: Essentials, record: RecordEvaluation) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._record = record

    async def reason(self, call_id: CallId, given: ReasonGiven) -> None:
        """Keep the reason with every bad rating of the call that has none, and with its copies."""
        async with self._database.transaction() as work:
            unexplained = [
                e
                for e in await _rated_in(work, call_id)
                if e.level is not None and e.level.is_bad and not e.reason_code
            ]
            revised = [
                replace(evaluation, reason_code=given.code, reason=given.text_zh)
                for rated in unexplained
                for evaluation in (rated, *await work.evaluations.copies_of(rated.evaluation_id))
            ]
            await self._record.annotate(work, revised, self._clock.now())
            await self._release_emails(work, unexplained)

    async def message(self, call_id: CallId, left: MessageLeft) -> None:
        """Keep where the recording is with what it speaks of; the core store takes no recordings."""
        async with self._database.transaction() as work:
            rated = await _rated_in(work, call_id)
            bad = [e for e in rated if e.level is not None and e.level.is_bad]
            # Said once after a bad rating, it speaks of everything that was rated badly.
            silent = [e for e in bad or rated if not e.recording_url]
            await work.evaluations.revise([replace(e, recording_url=left.reference) for e in silent])

    async def ran_out_of_tries(self, call_id: CallId) -> None:
        """Remember that the caller stayed and pressed nothing usable."""
        async with self._database.transaction() as work:
            call = await work.calls.lock(call_id)
            if call is not None:
                await work.calls.update(replace(call, ran_out_of_tries=True))

    async def _release_emails(self, work: UnitOfWork, rated: list[Evaluation]) -> None:
        follow_ups = await work.follow_ups.of_evaluations([e.evaluation_id for e in rated])
        keys = [email_key(follow_up) for follow_up in follow_ups]
        if keys:
            await work.outbox.hasten(OutboxKind.EMAIL, keys, self._clock.now())


async def _rated_in(work: UnitOfWork, call_id: CallId) -> list[Evaluation]:
    """What was rated in a call, as nobody else changes it: a report may be completing the service."""
    places = await work.calls.places([call_id])
    await work.invitations.hold([place.invitation_id for place in places.values()])
    return await work.evaluations.of_call(call_id)
