"""Delivering texts to citizens, with everything checked again at the last moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gateway.application.carrier_health import CarrierHealth
from gateway.application.carrier_turns import CarrierTurns
from gateway.application.deliver_outbox import LEASE
from gateway.application.deliverer import Begun, Delivered, Deliverer, Dropped, Intake, Later, Result, Verdict
from gateway.application.essentials import Essentials
from gateway.application.outgoing_texts import (
    invitation_of,
    kind_of,
    line_of,
    queued_at,
    sent_message,
    text_of,
)
from gateway.application.ports.database import SentMessage, UnitOfWork
from gateway.application.ports.sms_carrier import OutgoingText, SmsCarrier
from gateway.application.rated_by_now import rated_by_now
from gateway.application.reconcile_text import REPEATED, ReconcileText
from gateway.application.tell_citizen import TellOfResult
from gateway.domain.errors import DeliveryFailed
from gateway.domain.ids import InvitationId, OutboxId
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import CarrierTry, ClaimedEntry, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.reminders import next_allowed, text_expires_at, zone_of
from gateway.domain.retry import RetryPolicy

_REMINDER: Final = RetryPolicy(
    first_wait=timedelta(seconds=10),
    longest_wait=timedelta(minutes=15),
    give_up_after=timedelta(days=3),
    repeat_unknown=False,
)
"""A second reminder would annoy; none at all loses only a chance."""
_ANSWER: Final = RetryPolicy(
    first_wait=timedelta(seconds=2),
    longest_wait=timedelta(minutes=5),
    give_up_after=timedelta(days=1),
    repeat_unknown=True,
)
"""Whoever wrote to us must hear back, if need be twice."""
_ALWAYS_SENT: Final = {MessageKind.OPT_OUT_CONFIRMATION}
_NEXT_LOOK: Final = timedelta(minutes=5)
"""How long a text that only a newer release can send is left to it."""
_STANDSTILL: Final = LEASE / 2
"""So long after its claim a text is not sent any more: a process that was stopped may have lost its lease."""
_NO_NUMBER: Final = "no number to send to"
_OVERTAKEN: Final = "sent back or overruled meanwhile"


class DeliverText(Deliverer):
    """Sends each text by a carrier that takes texts now; one in doubt is looked up first.

    `repeat_unknown` are the kinds that go again where the carrier cannot tell whether it took the first.
    """

    def __init__(
        self,
        essentials: Essentials,
        carriers: CarrierHealth,
        repeat_unknown: Collection[MessageKind] = REPEATED,
        *,
        turns: CarrierTurns | None = None,
        can_wait: bool = False,
        tell: TellOfResult | None = None,
    ) -> None:
        """Without `turns` no carrier has a pace; `can_wait`: these leave the next turns to answers.

        `tell` is told what became of texts about results.
        """
        self._tell = tell
        self._turns = turns
        self._can_wait = can_wait
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._carriers = carriers
        self._repeat_unknown = frozenset(repeat_unknown)
        self._reconcile = ReconcileText(essentials, carriers, repeat_unknown)

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:
        """What nobody asked for waits for a carrier longer than answers, which are soon of no use."""
        kind = kind_of(claimed)
        policy = _REMINDER if kind is not None and kind.is_unasked else _ANSWER
        return replace(policy, repeat_unknown=kind in self._repeat_unknown)

    async def intake(self, limit: int) -> Intake:
        """As many as the preferred carrier takes now; while all are left alone none, and no try counts."""
        room = self._carriers.room()
        if room is not None and (limit := min(room, limit)) == 0:
            return Intake(0, self._carriers.next_probe_at())
        if self._turns is None:
            return Intake(limit)
        return await self._turns.take(self._carriers.preferred(), limit, can_wait=self._can_wait)

    async def taken(self, intake: Intake, wanted: Sequence[ClaimedEntry]) -> None:
        """Give back the turns that nobody uses, and count those at other carriers."""
        if self._turns is not None:
            await self._turns.settle(intake, wanted)

    async def settled(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], state: OutboxState, now: datetime
    ) -> None:
        """A text that told a result is a step of its follow-up."""
        if self._tell is not None:
            await self._tell.settled(work, [each.entry for each in claimed], state, now)

    async def judge(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], now: datetime
    ) -> Mapping[OutboxId, Verdict]:
        """What is no longer wanted is dropped; what would wake a citizen waits; the rest is begun."""
        opted_out = await work.opt_outs.are_out({c.entry.phone for c in claimed if c.entry.phone})
        reminded = {i for c in claimed if (i := _reminds_of(c)) is not None}
        rated = await rated_by_now(work, await work.invitations.these(reminded))
        overtaken = await self._tell.overtaken(work, [c.entry for c in claimed]) if self._tell else ()
        verdicts = {
            c.outbox_id: Dropped(_OVERTAKEN)
            if c.entry.key in overtaken and c.doubt is None
            else self._verdict(c, opted_out, rated, now)
            for c in claimed
        }
        if self._tell is not None:
            leaving = [c.entry for c in claimed if isinstance(verdicts[c.outbox_id], Begun)]
            await self._tell.begun(work, leaving, now)
        return {outbox_id: verdict for outbox_id, verdict in verdicts.items() if verdict is not None}

    def untold(self, claimed: ClaimedEntry, tried: CarrierTry, why: str) -> Result:
        """As where the carrier does not tell."""
        return self._reconcile.untold(claimed, tried, why)

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Send one text, or find out what became of its last try."""
        if claimed.doubt is not None:
            return await self._reconcile(claimed, claimed.doubt)
        if claimed.begun is None:
            raise LookupError(f"no carrier was chosen for {claimed.entry.key}")
        now = self._clock.now()
        if now - claimed.begun.begun_at > _STANDSTILL:
            return Later(now, "the process stood still before it was sent")
        text = text_of(claimed, self._expires_at(claimed, claimed.begun.begun_at))
        return Delivered(await self._send(claimed, text, claimed.begun))

    def _verdict(
        self,
        claimed: ClaimedEntry,
        opted_out: Collection[PhoneNumber],
        rated: Collection[InvitationId],
        now: datetime,
    ) -> Verdict | None:
        """None for a text in doubt: it is not sent, but looked up, whatever has happened meanwhile."""
        if kind_of(claimed) is None:
            return Later(now + _NEXT_LOOK, "of a kind that this release does not know")
        if claimed.doubt is not None:
            return None
        if unwanted := _unwanted(claimed, opted_out, rated):
            return Dropped(unwanted)
        if (allowed_at := self._allowed_at(claimed, now)) > now:
            return Later(allowed_at, "quiet hours")
        if (carrier := self._carriers.choose(line_of(claimed.entry))) is None:
            return Later(self._carriers.next_probe_at(), "no carrier takes texts now")
        return Begun(_try_by(carrier, claimed, now))

    def _allowed_at(self, claimed: ClaimedEntry, now: datetime) -> datetime:
        """An answer goes at once while the citizen still holds the phone; everything else by day only.

        What would expire at the carrier before it leaves its queue waits for the next morning.
        """
        quiet, zone = self._rules.quiet_hours, self._zone(claimed)
        allowed_at = now if self._is_fresh_answer(claimed, now) else next_allowed(now, quiet, zone)
        expires_at = self._expires_at(claimed, now)
        if allowed_at == now and expires_at and expires_at - now < self._carriers.shortest_validity:
            return next_allowed(expires_at, quiet, zone)
        return allowed_at

    def _expires_at(self, claimed: ClaimedEntry, now: datetime) -> datetime | None:
        """Until when the carrier may deliver it: not into the night."""
        fresh = self._is_fresh_answer(claimed, now)
        surely = queued_at(claimed.entry) + self._rules.answer_window if fresh else now
        return text_expires_at(surely, self._rules.quiet_hours, self._zone(claimed))

    def _is_fresh_answer(self, claimed: ClaimedEntry, now: datetime) -> bool:
        kind = kind_of(claimed)
        fresh = now - queued_at(claimed.entry) <= self._rules.answer_window
        return fresh and not (kind is not None and kind.is_unasked)

    def _zone(self, claimed: ClaimedEntry) -> ZoneInfo:
        return zone_of(str(claimed.entry.payload["timezone"]), self._rules)

    async def _send(self, claimed: ClaimedEntry, text: OutgoingText, begun: CarrierTry) -> SentMessage:
        """The next carrier is tried only where the one before certainly did not take it."""
        passed_over: list[str] = []
        while True:
            carrier = self._carriers.named(begun.carrier)
            if carrier is None:
                raise LookupError(f"there is no carrier {begun.carrier}")
            try:
                accepted = await self._carriers.send(carrier, replace(text, line=begun.line))
            except DeliveryFailed as failure:
                if failure.facts.outcome_unknown or not failure.facts.retryable:
                    raise
                passed_over.append(carrier.name)
                other = self._carriers.choose(line_of(claimed.entry), passed_over=passed_over)
                if other is None:
                    raise
                begun = _try_by(other, claimed, self._clock.now())
                if not await self._put_on_record(claimed, begun):
                    raise
            else:
                return sent_message(claimed.entry, carrier.name, accepted, begun.begun_at)

    async def _put_on_record(self, claimed: ClaimedEntry, begun: CarrierTry) -> bool:
        """Whether the entry is still ours to send; if so, its turn at the other carrier is counted."""
        async with self._database.transaction() as work:
            if await work.outbox.begin([(claimed, begun)]) != 1:
                return False
        if self._turns is not None:
            await self._turns.count(claimed, begun.carrier)
        return True


def _try_by(carrier: SmsCarrier, claimed: ClaimedEntry, now: datetime) -> CarrierTry:
    return CarrierTry(carrier.name, carrier.line_for(line_of(claimed.entry)), now)


def _unwanted(
    claimed: ClaimedEntry, opted_out: Collection[PhoneNumber], rated: Collection[InvitationId]
) -> str:
    """Why the text must not go any more; empty when it may."""
    phone = claimed.entry.phone
    if phone is None:
        return _NO_NUMBER
    if phone in opted_out and kind_of(claimed) not in _ALWAYS_SENT:
        return "opted out"
    return "rated meanwhile" if _reminds_of(claimed) in rated else ""


def _reminds_of(claimed: ClaimedEntry) -> InvitationId | None:
    """The invitation that a reminder is about; None for any other text."""
    return invitation_of(claimed.entry) if kind_of(claimed) is MessageKind.REMINDER else None
