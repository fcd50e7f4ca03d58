"""Calling citizens whose services were finished elsewhere, as the plan allows and never beyond it.

An entry lives through all calls to one person about one occasion. While a call is under way its try stands
on record as one of unknown outcome; what came of it is asked for, and then decides about the next. So a
process that dies in between calls nobody twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from gateway.application.deliver_outbox import LEASE
from gateway.application.deliverer import (
    Begun,
    Delivered,
    Deliverer,
    Dropped,
    GoesOn,
    Intake,
    Later,
    Result,
    Verdict,
)
from gateway.application.essentials import Essentials
from gateway.application.ports.call_carrier import CallCarrier, OutgoingCall
from gateway.application.ports.database import UnitOfWork
from gateway.application.ports.pace import Pace
from gateway.application.rated_by_now import rated_by_now
from gateway.domain.call_plan import CallOutcome, CallPlan, next_call_at, next_opening
from gateway.domain.errors import DeliveryFailed
from gateway.domain.ids import InvitationId, OutboxId, ServiceId
from gateway.domain.outbox import CarrierTry, ClaimedEntry, OutboxKind, OutboxState
from gateway.domain.pace import Rate
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.reminders import zone_of
from gateway.domain.retry import RetryPolicy

log = structlog.get_logger()

_POLICY: Final = RetryPolicy(
    first_wait=timedelta(seconds=30),
    longest_wait=timedelta(minutes=15),
    give_up_after=None,
    repeat_unknown=True,
)
"""For calls that the carrier certainly did not take; the reminder ends the tries."""
_STANDSTILL: Final = LEASE / 2
_FIRST_LOOK: Final = timedelta(minutes=1)
_NEXT_LOOK: Final = timedelta(seconds=30)
_NEWER: Final = "an outcome in it is one that this release does not know"
"""It may forbid another call, so only a worker that knows it goes on with the entry."""
_ALL_LINES_BUSY: Final = timedelta(seconds=15)
_CALL_ID: Final = "call_id"
"""Where the payload holds the carrier's own id of the call that is under way."""
_LONGEST_CALL: Final = timedelta(minutes=15)
"""So long after its beginning nobody waits for what came of a call any more."""


class DeliverCall(Deliverer):
    """Makes calls by one carrier; without one, none: entries that wait are dropped."""

    end_without_number = OutboxState.DROPPED
    """Dead, it would hold up every later call to the same person."""

    def __init__(
        self,
        essentials: Essentials,
        plan: CallPlan,
        carrier: CallCarrier | None,
        pace: Pace,
        *,
        rate: Rate,
        most_at_once: int,
    ) -> None:
        """`rate` and `most_at_once` hold for all nodes together."""
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._metrics = essentials.metrics
        self._plan = plan
        self._carrier = carrier
        self._pace = pace
        self._rate = rate
        self._most_at_once = most_at_once

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:
        """The same for all."""
        del claimed
        return _POLICY

    def first_look(self, claimed: ClaimedEntry) -> timedelta:
        """At once where the carrier named the call: what it says is about that very call then."""
        return timedelta(0) if _CALL_ID in claimed.entry.payload else super().first_look(claimed)

    async def intake(self, limit: int) -> Intake:
        """As many as may be placed this moment."""
        if self._carrier is None:
            return Intake(limit)
        turns = await self._pace.take(self._line, self._rate, limit)
        until = self._clock.now() + timedelta(seconds=turns.wait_seconds)
        return Intake(turns.granted, until, self._carrier.name)

    async def taken(self, intake: Intake, wanted: Sequence[ClaimedEntry]) -> None:
        """Give back the turns of what is only asked about."""
        if self._carrier is not None and intake.limit:
            placed = sum(claimed.begun is not None for claimed in wanted)
            await self._pace.use(self._line, self._rate, placed - intake.limit)

    async def judge(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], now: datetime
    ) -> Mapping[OutboxId, Verdict]:
        """Who is called now: nobody who opted out, has rated, sleeps, or is beyond the lines there are."""
        new = [each for each in claimed if each.doubt is None]
        if not new:
            return {}
        opted_out = await work.opt_outs.are_out({c.entry.phone for c in new if c.entry.phone})
        rated = await rated_by_now(work, await work.invitations.these({_invitation_of(c) for c in new}))
        free = self._most_at_once - await work.outbox.under_way(OutboxKind.CALL)
        verdicts: dict[OutboxId, Verdict] = {}
        for each in new:
            verdict = self._verdict(each, opted_out, rated, now)
            if isinstance(verdict, Begun):
                free -= 1
                if free < 0:
                    verdict = Later(now + _ALL_LINES_BUSY, "all lines are in use")
            verdicts[each.outbox_id] = verdict
        return verdicts

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Place one call, or find out what came of the one that was placed."""
        if self._carrier is None:
            return Dropped("rating calls are switched off")
        if claimed.doubt is not None:
            if _is_newer(claimed):
                return self._left_to_newer(claimed, claimed.doubt)
            return await self._look_up(self._carrier, claimed, claimed.doubt)
        if claimed.begun is None:
            raise LookupError(f"no call was begun for {claimed.entry.key}")
        now = self._clock.now()
        if now - claimed.begun.begun_at > _STANDSTILL:
            return Later(now, "the process stood still before it was placed")
        try:
            call_id = await self._carrier.place(_call_of(claimed))
        except DeliveryFailed as failure:
            if failure.facts.retryable or failure.facts.outcome_unknown:
                raise
            # Not a dead letter: that would hold up every later call to the same person.
            return Dropped(f"refused by the carrier: {failure.facts.code}")
        log.info("call_placed", key=claimed.entry.key, call_id=call_id)
        payload = {**claimed.entry.payload, _CALL_ID: call_id}
        return GoesOn(self._clock.now() + _FIRST_LOOK, "under way", payload, in_doubt=True)

    @property
    def _line(self) -> str:
        return f"calls:{self._carrier.name if self._carrier else ''}"

    def _verdict(
        self,
        claimed: ClaimedEntry,
        opted_out: Collection[PhoneNumber],
        rated: Collection[InvitationId],
        now: datetime,
    ) -> Verdict:
        if self._carrier is None:
            return Dropped("rating calls are switched off")
        if _is_newer(claimed):
            return Later(now + _NEXT_LOOK, _NEWER)
        if unwanted := _unwanted(claimed, opted_out, rated):
            return Dropped(unwanted)
        if len(_made(claimed)) >= self._plan.tries:
            return Dropped("called as often as planned")
        opening = next_opening(now, self._plan, self._rules.quiet_hours, self._zone(claimed))
        if opening is None:
            return Dropped("no hour is left in which calls are allowed")
        if opening > now:
            return Later(opening, "outside of the hours for calls")
        return Begun(CarrierTry(self._carrier.name, self._carrier.caller_id, now))

    def _left_to_newer(self, claimed: ClaimedEntry, tried: CarrierTry) -> Later | Dropped:
        """Nobody may know it any more: then it holds up others no longer than its reminder, and its call."""
        now, expires_at = self._clock.now(), claimed.entry.expires_at
        if expires_at is None or now <= expires_at or now - tried.begun_at < _LONGEST_CALL:
            return Later(now + _NEXT_LOOK, _NEWER)
        return Dropped(f"the reminder is due; {_NEWER}")

    async def _look_up(self, carrier: CallCarrier, claimed: ClaimedEntry, tried: CarrierTry) -> Result:
        """What came of the call."""
        try:
            outcome = await self._outcome(carrier, claimed, tried)
        except DeliveryFailed as failure:
            return self.untold(claimed, tried, failure.facts.code)
        if outcome is CallOutcome.ONGOING:
            return self.untold(claimed, tried, "under way")
        return self._concluded(claimed, outcome, self._clock.now())

    def untold(self, claimed: ClaimedEntry, tried: CarrierTry, why: str) -> Result:
        """It may be under way as long as calls last; then it counts as a try all the same."""
        now = self._clock.now()
        if now - tried.begun_at < _LONGEST_CALL:
            return Later(now + _NEXT_LOOK, why)
        return self._concluded(claimed, CallOutcome.UNKNOWN, now)

    async def _outcome(self, carrier: CallCarrier, claimed: ClaimedEntry, tried: CarrierTry) -> CallOutcome:
        call_id = claimed.entry.payload.get(_CALL_ID) or await carrier.find(_call_of(claimed), tried.begun_at)
        if call_id is None:
            return CallOutcome.UNKNOWN
        outcome = await carrier.outcome(str(call_id))
        if outcome is not CallOutcome.OVER:
            return outcome
        async with self._database.reading() as work:
            answered = await work.calls.get(carrier.arrival_of(str(call_id)))
        return CallOutcome.NO_ANSWER if answered is None else CallOutcome.REACHED

    def _concluded(self, claimed: ClaimedEntry, outcome: CallOutcome, now: datetime) -> Result:
        self._metrics.call_made(outcome=outcome.value)
        log.info("call_concluded", key=claimed.entry.key, outcome=outcome.value)
        made = [*_made(claimed), outcome]
        if outcome is CallOutcome.REACHED:
            return Delivered()
        at = next_call_at(self._plan, made, now, self._rules.quiet_hours, self._zone(claimed))
        # Calls end where the reminder begins: what would come after it must not hold up others until then.
        if at is None or at > (claimed.entry.expires_at or at):
            return Dropped(f"not reached: {', '.join(each.value for each in made)}")
        payload = {name: value for name, value in claimed.entry.payload.items() if name != _CALL_ID}
        payload["made"] = [each.value for each in made]
        return GoesOn(at, outcome.value, payload, in_doubt=False)

    def _zone(self, claimed: ClaimedEntry) -> ZoneInfo:
        return zone_of(str(claimed.entry.payload["timezone"]), self._rules)


def _unwanted(
    claimed: ClaimedEntry, opted_out: Collection[PhoneNumber], rated: Collection[InvitationId]
) -> str:
    """Why nobody is to be called; empty where somebody is."""
    if claimed.entry.phone is None:
        return "no number to call"
    if claimed.entry.phone in opted_out:
        return "opted out"
    return "rated meanwhile" if _invitation_of(claimed) in rated else ""


def _made(claimed: ClaimedEntry) -> list[CallOutcome]:
    """What came of the calls so far, as far as this release knows it."""
    known = {outcome.value: outcome for outcome in CallOutcome}
    return [known[each] for each in _kept(claimed) if each in known]


def _is_newer(claimed: ClaimedEntry) -> bool:
    return len(_made(claimed)) < len(_kept(claimed))


def _kept(claimed: ClaimedEntry) -> list[str]:
    made = claimed.entry.payload.get("made", ())
    return [str(each) for each in made] if isinstance(made, list) else []


def _invitation_of(claimed: ClaimedEntry) -> InvitationId:
    return InvitationId(str(claimed.entry.payload["invitation_id"]))


def _call_of(claimed: ClaimedEntry) -> OutgoingCall:
    entry = claimed.entry
    if entry.phone is None:
        raise LookupError(f"no number to call for {entry.key}")
    return OutgoingCall(
        to=entry.phone,
        service_id=ServiceId(str(entry.payload["service_id"])),
        visit_no=int(str(entry.payload["visit_no"])),
        reference=f"{entry.key}:{len(_made(claimed)) + 1}",
    )
