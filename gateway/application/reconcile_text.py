"""A text whose try ended in doubt: ask the carrier before anything is sent again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

import structlog

from gateway.application.carrier_health import CarrierHealth
from gateway.application.deliverer import Again, Delivered, GivenUp, Later, Result
from gateway.application.essentials import Essentials
from gateway.application.outgoing_texts import kind_of, sent_message, text_of
from gateway.application.ports.sms_carrier import AcceptedText, SmsCarrier
from gateway.domain.errors import DeliveryFailed
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import CarrierTry, ClaimedEntry

log = structlog.get_logger()

REPEATED: Final = frozenset(MessageKind) - {MessageKind.REMINDER}
"""Kinds of which two are better than none: whoever wrote to us must hear back, whoever rated hear of it.

Instead of a second text about a result, an agency would call people of whom most have had the first.
"""
_MOST_BLIND_TRIES: Final = 3
"""A carrier that never answers may have taken each of them."""
_BLIND_TRIES: Final = "blind_tries"
"""Where the payload holds how many were repeated so; tries that certainly failed are none of them."""
_SHORTEST_WAIT: Final = timedelta(seconds=10)
_LONGEST_WAIT: Final = timedelta(minutes=5)
_ANSWER_PATIENCE: Final = timedelta(minutes=10)
"""How long an answer waits for a carrier that does not tell; then it is late for the citizen."""
_REMINDER_PATIENCE: Final = timedelta(days=3)
_CLOCKS_APART: Final = timedelta(hours=1)
"""A try that lies further ahead than this was made by a clock that was plainly wrong."""


class ReconcileText:
    """Finds out what became of an earlier try; where nobody can tell, the configured rule decides."""

    def __init__(
        self, essentials: Essentials, carriers: CarrierHealth, repeat_unknown: Collection[MessageKind]
    ) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._metrics = essentials.metrics
        self._carriers = carriers
        self._repeat_unknown = frozenset(repeat_unknown)

    async def __call__(self, claimed: ClaimedEntry, doubt: CarrierTry) -> Result:
        """What follows for an entry in doubt; nothing is sent here."""
        carrier = self._carriers.named(doubt.carrier)
        if carrier is None or not carrier.can_be_asked:
            return self._by_rule(claimed, doubt, f"{doubt.carrier} cannot be asked")
        try:
            found = await carrier.find(text_of(claimed), doubt)
        except DeliveryFailed as failure:
            return self.untold(claimed, doubt, failure.facts.code)
        return await self._told(claimed, doubt, carrier, found)

    async def _told(
        self, claimed: ClaimedEntry, doubt: CarrierTry, carrier: SmsCarrier, found: Sequence[AcceptedText]
    ) -> Result:
        now = self._clock.now()
        taken = await self._of_no_other(claimed, carrier.name, found)
        if taken is not None:
            self._note(claimed, doubt, "taken")
            return Delivered(sent_message(claimed.entry, carrier.name, taken, doubt.begun_at))
        sure_at = doubt.begun_at + carrier.settles_within
        # The try may seem to lie ahead: another node's clock made its time, or ours was set back.
        if doubt.begun_at - _CLOCKS_APART < now < sure_at:
            return Later(sure_at, f"outcome unknown; {carrier.name} does not show it yet")
        self._note(claimed, doubt, "not_taken")
        return Again(f"{carrier.name} never took it")

    async def _of_no_other(
        self, claimed: ClaimedEntry, provider: str, found: Sequence[AcceptedText]
    ) -> AcceptedText | None:
        """The first of those found that is not known as another text with the same words."""
        if not found:
            return None
        async with self._database.reading() as work:
            owners = await work.messages.references(provider, {text.provider_message_id for text in found})
        mine = claimed.entry.key
        return next((text for text in found if owners.get(text.provider_message_id, mine) == mine), None)

    def untold(self, claimed: ClaimedEntry, doubt: CarrierTry, code: str) -> Result:
        """What follows where asking failed: it is asked again for a while, then the rule decides."""
        now = self._clock.now()
        waited = max(now - doubt.begun_at, timedelta(0))
        patience = _ANSWER_PATIENCE if kind_of(claimed) in self._repeat_unknown else _REMINDER_PATIENCE
        if waited > patience:
            return self._by_rule(claimed, doubt, f"{doubt.carrier} does not tell ({code})")
        wait = min(max(waited, _SHORTEST_WAIT), _LONGEST_WAIT)
        self._metrics.text_looked_up(provider=doubt.carrier, result="untold")
        return Later(now + wait, f"outcome unknown; {doubt.carrier} does not tell now: {code}")

    def _by_rule(self, claimed: ClaimedEntry, doubt: CarrierTry, why: str) -> Result:
        tries = 1 + int(str(claimed.entry.payload.get(_BLIND_TRIES, 0)))
        if kind_of(claimed) in self._repeat_unknown and tries < _MOST_BLIND_TRIES:
            self._note(claimed, doubt, "repeated")
            return Again(
                f"outcome unknown, {why}: repeated as sms.repeat_unknown says",
                {**claimed.entry.payload, _BLIND_TRIES: tries},
            )
        self._note(claimed, doubt, "given_up")
        return GivenUp(f"outcome unknown, {why}: not repeated lest the citizen gets it twice")

    def _note(self, claimed: ClaimedEntry, doubt: CarrierTry, result: str) -> None:
        self._metrics.text_looked_up(provider=doubt.carrier, result=result)
        age = (self._clock.now() - doubt.begun_at).total_seconds()
        log.info(
            "text_reconciled",
            key=claimed.entry.key,
            carrier=doubt.carrier,
            result=result,
            seconds_since_try=round(age, 1),
        )
