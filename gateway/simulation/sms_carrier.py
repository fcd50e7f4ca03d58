"""The SMS carrier: takes texts, brings them to handsets in its own time, reports in any order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.adapters.providers.demo.provider import RECEIPT_PATH
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText, TextReport
from gateway.domain.errors import TOO_LATE, DeliveryFailed, FailureFacts
from gateway.domain.outbox import CarrierTry
from gateway.domain.receipts import DeliveryStatus
from gateway.simulation.ledger import Violation
from gateway.simulation.lives import LIFE
from gateway.simulation.network import Network
from gateway.simulation.peers import Acceptance, Fate, Reach
from gateway.simulation.processes import ConnectionLost
from gateway.simulation.scene import Scene

LINE: Final = "12345"
REFUSED_FOR_GOOD: Final = "21610"
"""The code of a text that the carrier never takes."""
_RECEIPT_TRIES: Final = 5
_ASKABLE: Final = 0.75
"""How many of the carriers can be asked what became of a text."""
_NAMES_REFERENCES: Final = 0.5
"""How many say in their receipts what the gateway called the text."""
_OFF_AT_TIMES: Final = 0.25
"""In how many worlds handsets are off at times: all else stays what it was in the others."""
_LONGEST_OFF: Final = timedelta(days=1)
_SETTLE_SECONDS: Final = (0, 30, 120)
"""How long it may take until they show a text that they took."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text that the carrier took."""

    message_id: str
    reference: str
    phone: str
    body: str
    asked_at: float
    """When the gateway began to hand it over."""
    taken_at: float
    valid_until: datetime | None
    acceptance: Acceptance


class SmsCarrierPeer:
    """The port `SmsCarrier`, and the handsets behind it."""

    name: Final = "demo"
    shortest_validity: Final = timedelta(seconds=60)

    def __init__(
        self,
        scene: Scene,
        network: Network,
        *,
        takes: Callable[[Text], None],
        ring: Callable[[Text], None],
    ) -> None:
        """`takes` is told of each text that is taken, `ring` of each that reaches its handset."""
        chance = scene.chance.stream("kind of SMS carrier")
        self.can_be_asked = chance.happens(_ASKABLE)
        self.settles_within = timedelta(seconds=chance.pick(_SETTLE_SECONDS))
        self._names_references = chance.happens(_NAMES_REFERENCES)
        self._scene = scene
        self._network = network
        self._takes = takes
        self._ring = ring
        # A stream of their own for each text: who waits for a handset changes nothing for anybody else.
        self._handsets = scene.chance.stream("handsets that are off")
        some_are_off = self._handsets.happens(_OFF_AT_TIMES)
        # Also once everything works again: that is their owners' business.
        self._off = scene.trouble.rates.handset_off if some_are_off else 0.0
        self.reach = Reach(scene, "SMS carrier")
        self._taken = 0
        self._of_reference: defaultdict[str, list[Text]] = defaultdict(list)
        self.expired = 0
        """How many texts reached no handset while they might."""
        self._not_told: set[str] = set()
        """References that were asked about in vain."""
        self.proven: set[str] = set()
        """References that a receipt named which the gateway took."""
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def bodies(self) -> frozenset[str]:
        """The words of all texts that it took."""
        return frozenset(text.body for texts in self._of_reference.values() for text in texts)

    def line_for(self, wanted: str) -> str:  # noqa: ARG002 - there is one
        """See the port."""
        return LINE

    async def send(self, text: OutgoingText) -> AcceptedText:
        """See the port."""
        asked_at = self._scene.now
        fate = await self.reach.fate()
        if text.valid_until is not None and text.valid_until <= self._scene.moment:
            raise DeliveryFailed("too late to send", FailureFacts(TOO_LATE, retryable=False))
        if fate is Fate.REJECTED:
            raise DeliveryFailed("refused for good", FailureFacts(REFUSED_FOR_GOOD, retryable=False))
        message_id = _message_id(self._taken)
        if fate in {Fate.TAKEN, Fate.FORGOTTEN}:
            taken = Text(
                message_id,
                text.reference,
                text.to.reveal(),
                text.body,
                asked_at,
                self._scene.now,
                text.valid_until,
                Acceptance(self._scene.now, LIFE.get(), fate is Fate.TAKEN),
            )
            self._check_first(taken)
            self._taken += 1
            self._takes(taken)
            self._of_reference[text.reference].append(taken)
            self._later(self._bring(taken))
        if fate is not Fate.TAKEN:
            await self.reach.lose_answer()
            unknown = fate in {Fate.FORGOTTEN, Fate.BROKEN}
            raise DeliveryFailed("failed", FailureFacts(fate.value, retryable=True, outcome_unknown=unknown))
        return AcceptedText(message_id, LINE)

    async def find(self, text: OutgoingText, tried: CarrierTry) -> Sequence[AcceptedText]:
        """See the port."""
        del tried
        try:
            await self._travel()
        except DeliveryFailed:
            self._not_told.add(text.reference)
            raise
        begun_before = self._scene.now - self.settles_within.total_seconds()
        return [
            AcceptedText(taken.message_id, LINE)
            for taken in self._of_reference[text.reference]
            if taken.asked_at <= begun_before
        ]

    async def report(self, provider_message_id: str) -> TextReport:
        """See the port."""
        await self._travel()
        if not "" < provider_message_id < _message_id(self._taken):
            raise DeliveryFailed("no such text", FailureFacts("unknown_text", retryable=False))
        return TextReport(DeliveryStatus.DELIVERED)

    def _check_first(self, taken: Text) -> None:
        """Only what nobody can know to be taken may come again."""
        for earlier in self._of_reference[taken.reference]:
            tells = self.can_be_asked and taken.reference not in self._not_told
            if tells or earlier.acceptance.was_written_down:
                what = f"{taken.reference} is {earlier.message_id} and {taken.message_id}"
                self._scene.break_promise(Violation("no text that the carrier tells of is sent again", what))

    async def _travel(self) -> None:
        fate = await self.reach.fate()
        if fate not in {Fate.TAKEN, Fate.REJECTED}:
            raise DeliveryFailed("does not tell now", FailureFacts(fate.value, retryable=True))

    def _later(self, errand: Coroutine[Any, Any, None]) -> None:
        """Outside of the process that handed the text over: its crash takes nothing back."""
        outside = Context()
        errands = asyncio.get_running_loop().create_task(errand, context=outside)
        self._errands.add(errands)
        errands.add_done_callback(self._errands.discard)
        assert outside.get(LIFE) is None  # noqa: S101 - what the context is for

    async def _bring(self, text: Text) -> None:
        chance = self.reach.chance
        await asyncio.sleep(chance.seconds(0.5, 20.0))
        await self._wait_for_handset(text)
        if text.valid_until is not None and text.valid_until <= self._scene.moment:
            self.expired += 1
            await self._report(text, "undelivered")
            return
        self._ring(text)
        statuses = ["sent", "delivered"]
        if chance.happens(self._scene.trouble.rates.receipt_lost):
            statuses.pop(chance.whole(0, 1))
        if chance.happens(self._scene.trouble.rates.request_delayed):
            statuses.reverse()
        for status in statuses:
            await self._report(text, status)

    async def _wait_for_handset(self, text: Text) -> None:
        chance = self._handsets.stream(text.message_id)
        if chance.happens(self._off):
            self._scene.trouble.counts["handsets off"] += 1
            await asyncio.sleep(chance.span(_LONGEST_OFF).total_seconds())

    async def _report(self, text: Text, status: str) -> None:
        report = {"message_id": text.message_id, "status": status}
        if self._names_references:
            report["reference"] = text.reference
        for attempt in range(_RECEIPT_TRIES):
            try:
                await self._network.carrier("", RECEIPT_PATH, report)
            except ConnectionLost:
                await asyncio.sleep(2.0**attempt)
            else:
                if self._names_references:
                    self.proven.add(text.reference)
                return


def _message_id(number: int) -> str:
    """Ids are given in order, so that it is known without a list which were given."""
    return f"SM{number:08d}"
