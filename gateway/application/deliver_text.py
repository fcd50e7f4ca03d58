"""Delivering texts to citizens, with everything checked again at the last moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gateway.application.deliver_outbox import Delivered, Deliverer, Dropped, Later, Result, Withheld
from gateway.application.essentials import Essentials
from gateway.application.ports.database import SentMessage, UnitOfWork
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText, SmsCarrier
from gateway.domain.errors import DeliveryFailed
from gateway.domain.ids import InvitationId, OutboxId
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import ClaimedEntry
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.reminders import next_allowed, next_quiet_start, zone_of
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
_NO_NUMBER: Final = "no number to send to"


class DeliverText(Deliverer):
    """Sends texts by the first carrier that takes them."""

    def __init__(self, essentials: Essentials, carriers: Sequence[SmsCarrier]) -> None:
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._carriers = carriers

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:
        """Reminders are never risked twice, answers are."""
        return _REMINDER if _kind(claimed) is MessageKind.REMINDER else _ANSWER

    async def withheld(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], now: datetime
    ) -> dict[OutboxId, Withheld]:
        """Texts that are no longer wanted are dropped; those to a citizen who sleeps wait."""
        opted_out = await work.opt_outs.are_out({c.entry.phone for c in claimed if c.entry.phone})
        rated = await work.invitations.rated({i for c in claimed if (i := _reminds_of(c)) is not None})
        withheld: dict[OutboxId, Withheld] = {}
        for entry in claimed:
            if _kind(entry) is None:
                withheld[entry.outbox_id] = Later(
                    now + _NEXT_LOOK, "of a kind that this release does not know"
                )
                continue
            unwanted = _unwanted(entry, opted_out, rated)
            if unwanted:
                withheld[entry.outbox_id] = Dropped(unwanted)
            elif (allowed_at := self._allowed_at(entry, now)) > now:
                withheld[entry.outbox_id] = Later(allowed_at, "quiet hours")
        return withheld

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Send one text."""
        phone = claimed.entry.phone
        if phone is None:
            return Dropped(_NO_NUMBER)
        now = self._clock.now()
        text = OutgoingText(
            reference=claimed.entry.key,
            to=phone,
            body=str(claimed.entry.payload["body"]),
            valid_until=self._valid_until(claimed, now),
        )
        carrier, accepted = await self._send(text)
        return Delivered(
            SentMessage(
                reference=claimed.entry.key,
                kind=str(claimed.entry.payload["kind"]),
                invitation_id=_invitation_id(claimed),
                provider=carrier.name,
                provider_message_id=accepted.provider_message_id,
                sent_at=now,
                line=accepted.line,
            )
        )

    def _allowed_at(self, claimed: ClaimedEntry, now: datetime) -> datetime:
        """An answer goes at once while the citizen still holds the phone; everything else by day only."""
        fresh = now - _queued_at(claimed) <= self._rules.answer_window
        if _kind(claimed) is not MessageKind.REMINDER and fresh:
            return now
        return next_allowed(now, self._rules.quiet_hours, self._zone(claimed))

    def _valid_until(self, claimed: ClaimedEntry, now: datetime) -> datetime | None:
        """Until when the carrier may deliver a reminder: not into the night."""
        if _kind(claimed) is not MessageKind.REMINDER:
            return None
        return next_quiet_start(now, self._rules.quiet_hours, self._zone(claimed))

    def _zone(self, claimed: ClaimedEntry) -> ZoneInfo:
        return zone_of(str(claimed.entry.payload["timezone"]), self._rules)

    async def _send(self, text: OutgoingText) -> tuple[SmsCarrier, AcceptedText]:
        """The next carrier is tried only where the one before certainly did not take it."""
        last: DeliveryFailed | None = None
        for carrier in self._carriers:
            try:
                return carrier, await carrier.send(text)
            except DeliveryFailed as failure:
                last = failure
                if failure.facts.outcome_unknown or not failure.facts.retryable:
                    break
        if last is None:
            raise LookupError("no SMS carrier is configured")
        raise last


def _unwanted(
    claimed: ClaimedEntry, opted_out: Collection[PhoneNumber], rated: Collection[InvitationId]
) -> str:
    """Why the text must not go any more; empty when it may."""
    phone = claimed.entry.phone
    if phone is None:
        return _NO_NUMBER
    if phone in opted_out and _kind(claimed) not in _ALWAYS_SENT:
        return "opted out"
    return "rated meanwhile" if _reminds_of(claimed) in rated else ""


def _reminds_of(claimed: ClaimedEntry) -> InvitationId | None:
    """The invitation that a reminder is about; None for any other text."""
    return _invitation_id(claimed) if _kind(claimed) is MessageKind.REMINDER else None


def _kind(claimed: ClaimedEntry) -> MessageKind | None:
    """The kind of text; None for one of a newer release, whose workers know what it asks for."""
    value = claimed.entry.payload["kind"]
    return next((kind for kind in MessageKind if kind.value == value), None)


def _queued_at(claimed: ClaimedEntry) -> datetime:
    """When the text was owed; an operator who retries a dead one does not make it fresh again."""
    queued_at = claimed.entry.payload.get("queued_at")
    return datetime.fromisoformat(queued_at) if isinstance(queued_at, str) else claimed.entry.created_at


def _invitation_id(claimed: ClaimedEntry) -> InvitationId | None:
    value = claimed.entry.payload.get("invitation_id")
    return InvitationId(value) if isinstance(value, str) else None
