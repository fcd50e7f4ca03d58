"""Delivering what is owed: the one place from which anything is sent to anybody.

Claim under a lease what still may go, deliver with no transaction open, settle in another transaction. What
the deliverer of a kind says - delivered, dropped, later, failed - is all that is known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.application.deliverer import (
    Again,
    Begun,
    Delivered,
    Deliverer,
    Dropped,
    GivenUp,
    GoesOn,
    Later,
    Redirected,
    Result,
)
from gateway.application.essentials import Essentials
from gateway.application.group_commit import GroupCommit
from gateway.application.ports.database import SentMessage, UnitOfWork
from gateway.domain.errors import TOO_LATE, AlreadyRecorded, DeliveryFailed, FailureFacts, Unavailable
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.retry import GiveUp, Retry, decide_retry

log = structlog.get_logger()

LEASE: Final = timedelta(seconds=20)
"""How long an entry stays with a worker that gives no sign of life; one at work renews it in time."""
_NEXT_SETTLING_SECONDS: Final = 1.0
_OF_NO_USE: Final = "too late to be of use"


@dataclass(frozen=True, slots=True)
class Claim:
    """What one claim brought."""

    wanted: Sequence[ClaimedEntry]
    """To be delivered now; what was not wanted any more is settled."""
    is_full: bool
    """As many were due as were asked for: more may be."""
    next_due_at: datetime | None = None
    """When the next entry can be claimed, unless a bell rings before; not looked up while it is full."""
    is_held: bool = False
    """It brought nothing, though something is due: others hold that amid a transaction."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    claimed: ClaimedEntry
    state: OutboxState | None
    why: str
    due_at: datetime | None = None
    payload: Mapping[str, object] | None = None
    sent: SentMessage | None = None
    in_doubt: bool = False
    """The try on record stays there as one of unknown outcome."""
    counted: bool = True
    """This was a try."""
    owes: Sequence[OutboxEntry] = ()


class DeliverOutbox:
    """Claims and delivers entries of one kind."""

    def __init__(
        self, essentials: Essentials, kind: OutboxKind, deliverer: Deliverer, jitter: Callable[[], float]
    ) -> None:
        self.kind = kind
        self._database = essentials.database
        self._clock = essentials.clock
        self._metrics = essentials.metrics
        self._deliverer = deliverer
        self._jitter = jitter
        self._settle: GroupCommit[_Outcome, None] = GroupCommit(
            essentials.database, self._settle_group, essentials.metrics
        )

    async def claim(self, limit: int) -> Claim:
        """Take up to `limit` due entries under a lease, and settle at once those that must not go.

        Fewer where the receiver's pace asks for it: what is claimed goes at once, judged in that moment.
        """
        intake = await self._deliverer.intake(limit)
        if intake.limit == 0:
            return Claim([], is_full=False, next_due_at=intake.until)
        wanted: Sequence[ClaimedEntry] = []
        try:
            claim = await self._claim(intake.limit)
            wanted = claim.wanted
        finally:
            await self._deliverer.taken(intake, wanted)
        return claim

    async def _claim(self, limit: int) -> Claim:
        async with self._database.transaction() as work:
            now = self._clock.now()
            claimed = await work.outbox.claim(self.kind, now, LEASE, limit)
            kept_back, begun = await self._judge(work, claimed, now)
            await self._settle_group(work, list(kept_back.values()))
            wanted = [
                begun.get(entry.outbox_id, entry) for entry in claimed if entry.outbox_id not in kept_back
            ]
            await work.outbox.begin([(entry, entry.begun) for entry in wanted if entry.begun is not None])
            is_full = len(claimed) == limit
            next_due_at = None if is_full else await work.outbox.next_due_at(self.kind, now)
        for outcome in kept_back.values():
            self._report(outcome)
        is_held = not claimed and next_due_at is not None and next_due_at <= now
        return Claim(wanted, is_full, next_due_at, is_held)

    async def renew(self, claimed: Sequence[ClaimedEntry]) -> None:
        """Hold entries that are still being delivered for another lease."""
        async with self._database.transaction() as work:
            await work.outbox.renew(claimed, self._clock.now(), LEASE)

    async def deliver(self, claimed: ClaimedEntry) -> None:
        """Deliver one claimed entry and settle it."""
        outcome = await self._try(claimed)
        await self._keep(outcome)
        self._report(outcome)

    async def _keep(self, outcome: _Outcome) -> None:
        """Settle it, however long the database is away or puts others first: it must not leave again."""
        told = False
        while True:
            try:
                await self._settle(outcome)
            except (Unavailable, AlreadyRecorded) as error:
                if not told:
                    log.warning("settling_waits", key=outcome.claimed.entry.key, why=str(error))
                told = True
                await asyncio.sleep(_NEXT_SETTLING_SECONDS)
            else:
                return

    async def _judge(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], now: datetime
    ) -> tuple[dict[OutboxId, _Outcome], dict[OutboxId, ClaimedEntry]]:
        """What does not go now, and what goes by a carrier that has been chosen."""
        outcomes = {entry.outbox_id: self._overtaken(entry, now) for entry in claimed}
        kept_back = {outbox_id: outcome for outbox_id, outcome in outcomes.items() if outcome is not None}
        begun: dict[OutboxId, ClaimedEntry] = {}
        rest = {entry.outbox_id: entry for entry in claimed if entry.outbox_id not in kept_back}
        if rest:
            verdicts = await self._deliverer.judge(work, list(rest.values()), now)
            for outbox_id, verdict in verdicts.items():
                if isinstance(verdict, Begun):
                    begun[outbox_id] = replace(rest[outbox_id], begun=verdict.by)
                else:
                    kept_back[outbox_id] = self._outcome(rest[outbox_id], verdict)
        return kept_back, begun

    def _overtaken(self, claimed: ClaimedEntry, now: datetime) -> _Outcome | None:
        """What time or a crash has made of an entry."""
        doubt = claimed.doubt
        if claimed.unreadable:
            # Nobody can be asked about it, nor told; the rest goes on.
            end = self._deliverer.end_without_number
            return _Outcome(claimed, end, claimed.unreadable, in_doubt=doubt is not None)
        if doubt is not None:
            # First its receiver is asked, however late it is; but not at once.
            look_at = doubt.begun_at + self._deliverer.first_look(claimed)
            early = doubt.begun_at <= now < look_at
            why = "interrupted while sending; to be looked up"
            return (
                _Outcome(claimed, None, why, due_at=look_at, in_doubt=True, counted=False) if early else None
            )
        expires_at = claimed.entry.expires_at
        if expires_at is not None and now > expires_at:
            return _Outcome(claimed, OutboxState.DROPPED, _OF_NO_USE)
        if claimed.interrupted and not self._deliverer.policy(claimed).repeat_unknown:
            return _Outcome(claimed, OutboxState.DEAD, "interrupted while sending; outcome unknown")
        if claimed.interrupted and not self._deliverer.repeats_are_harmless:
            # Whoever had it may be alive, know that it arrived, and have waited for the database as we have.
            settled_by = now + self._deliverer.first_look(claimed)
            return _Outcome(claimed, None, "interrupted while sending", due_at=settled_by, counted=False)
        return None

    async def _try(self, claimed: ClaimedEntry) -> _Outcome:
        try:
            result = await self._deliverer.deliver(claimed)
        except DeliveryFailed as failure:
            return self._failed(claimed, failure.facts, str(failure))
        except Unavailable:
            raise
        except Exception as error:
            # It may have come before or after the sending. Its words stay in the log: they may tell anything.
            log.exception("delivery_broke", kind=self.kind.value, key=claimed.entry.key)
            why = f"a fault of the gateway's own: {type(error).__name__}; its log tells more"
            return self._failed(claimed, FailureFacts("fault", retryable=True, outcome_unknown=True), why)
        return self._outcome(claimed, result)

    def _outcome(self, claimed: ClaimedEntry, result: Result) -> _Outcome:
        match result:
            case Delivered(sent=sent, owes=owes):
                return _Outcome(claimed, OutboxState.DONE, "", sent=sent, owes=owes)
            case Dropped(why=why):
                return _Outcome(claimed, OutboxState.DROPPED, why)
            case Later(at=at, why=why):
                in_doubt = claimed.doubt is not None
                return _Outcome(claimed, None, why, due_at=at, in_doubt=in_doubt, counted=False)
            case GoesOn(at=at, why=why, payload=payload, in_doubt=in_doubt):
                return _Outcome(
                    claimed, None, why, due_at=at, payload=payload, in_doubt=in_doubt, counted=in_doubt
                )
            case Redirected(payload=payload, why=why):
                return _Outcome(claimed, None, why, due_at=self._clock.now(), payload=payload)
            case Again(why=why, payload=payload):
                return _Outcome(claimed, None, why, due_at=self._clock.now(), payload=payload, counted=False)
            case GivenUp(why=why):
                return _Outcome(claimed, OutboxState.DEAD, why, in_doubt=True)

    def _failed(self, claimed: ClaimedEntry, facts: FailureFacts, why: str) -> _Outcome:
        if claimed.doubt is not None:
            # Nothing was sent: it was asked about.
            return self._outcome(claimed, self._deliverer.untold(claimed, claimed.doubt, facts.code))
        if facts.outcome_unknown and claimed.begun is not None:
            look_at = self._clock.now() + self._deliverer.first_look(claimed)
            return _Outcome(claimed, None, f"outcome unknown: {why}", due_at=look_at, in_doubt=True)
        if facts.code == TOO_LATE:
            return _Outcome(claimed, OutboxState.DROPPED, _OF_NO_USE)
        decision = decide_retry(
            self._deliverer.policy(claimed),
            facts,
            attempt=claimed.attempt,
            created_at=claimed.entry.created_at,
            now=self._clock.now(),
            jitter=self._jitter(),
        )
        match decision:
            case Retry(at=at):
                return _Outcome(claimed, None, why, due_at=at)
            case GiveUp(reason=reason):
                return _Outcome(claimed, OutboxState.DEAD, f"{reason} ({why})")

    async def _settle_group(self, work: UnitOfWork, outcomes: Sequence[_Outcome]) -> list[None]:
        now = self._clock.now()
        settled: dict[tuple[OutboxState, str, bool], list[ClaimedEntry]] = {}
        for outcome in outcomes:
            if outcome.state is not None:
                alike = (outcome.state, outcome.why, outcome.in_doubt)
                settled.setdefault(alike, []).append(outcome.claimed)
            elif outcome.due_at is not None:
                await work.outbox.postpone(
                    outcome.claimed,
                    outcome.due_at,
                    why=outcome.why,
                    payload=outcome.payload,
                    in_doubt=outcome.in_doubt,
                    counted=outcome.counted,
                )
        for (state, why, in_doubt), claimed in settled.items():
            await work.outbox.settle(claimed, state, now, why, in_doubt=in_doubt)
        await work.messages.add_sent([o.sent for o in outcomes if o.sent is not None])
        await work.outbox.add([owed for outcome in outcomes for owed in outcome.owes])
        # Last: what it may lock is locked behind invitations everywhere.
        for (state, _, _), claimed in settled.items():
            await self._deliverer.settled(work, claimed, state, now)
        return [None] * len(outcomes)

    def _report(self, outcome: _Outcome) -> None:
        entry = outcome.claimed.entry
        result = outcome.state.value if outcome.state else "later"
        age = (self._clock.now() - entry.created_at).total_seconds()
        self._metrics.delivery_settled(kind=self.kind.value, result=result, age_seconds=age)
        say = log.warning if outcome.state is OutboxState.DEAD else log.info
        say(
            "delivery_settled",
            kind=self.kind.value,
            key=entry.key,
            result=result,
            attempt=outcome.claimed.attempt,
            why=outcome.why,
        )
