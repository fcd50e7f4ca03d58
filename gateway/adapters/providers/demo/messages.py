"""Texts to the demonstration's handset, kept in memory."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.adapters.providers.demo.codes import DELIVERED, SENT, delivery_status
from gateway.adapters.providers.demo.provider import NAME
from gateway.application.ports.clock import Clock
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText, TextReport
from gateway.domain.errors import TOO_LATE, DeliveryFailed, FailureFacts
from gateway.domain.outbox import CarrierTry
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus

LINE: Final = "12345"
"""The line that citizens see and answer."""
_KEPT: Final = 500

Report = Callable[[str, str], Awaitable[None]]
"""Reports a message's id and status to the gateway."""


@dataclass(frozen=True, slots=True)
class SentText:
    """A text on a citizen's handset."""

    message_id: str
    to: PhoneNumber
    line: str
    body: str
    sent_at: datetime
    reference: str = ""
    valid_until: datetime | None = None
    """Until when a carrier could have kept it for a handset that was off."""


class DemoSmsCarrier:
    """Takes texts for the handset and reports them as sent, then as delivered.

    The last 500 are kept. `receipts` are the statuses reported for each text, in order; `fail_next` lets
    sends fail as carriers do. Close it before the loop ends.
    """

    can_be_asked: Final = True
    settles_within: Final = timedelta(0)
    shortest_validity: Final = timedelta(minutes=1)

    def __init__(self, *, clock: Clock, report: Report, receipts: Sequence[str] = (SENT, DELIVERED)) -> None:
        self._clock = clock
        self._report = report
        self._receipts = tuple(receipts)
        self._sent: deque[SentText] = deque(maxlen=_KEPT)
        self._failures: deque[tuple[DeliveryFailed, bool]] = deque()
        self._reporting: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """`demo`."""
        return NAME

    def line_for(self, wanted: str) -> str:  # noqa: ARG002 - there is one line
        """The one line."""
        return LINE

    @property
    def sent(self) -> tuple[SentText, ...]:
        """What is on the handsets, oldest first."""
        return tuple(self._sent)

    def fail_next(self, failure: DeliveryFailed, *, taken: bool = False) -> None:
        """Let the next send raise this; `taken` = the text goes out all the same (outcome unknown)."""
        self._failures.append((failure, taken))

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Put a text on the handset; raises DeliveryFailed when told to."""
        now = self._clock.now()
        if text.valid_until is not None and text.valid_until <= now:
            raise DeliveryFailed("too late to send", FailureFacts(TOO_LATE, retryable=False))
        failure, taken = self._failures.popleft() if self._failures else (None, True)
        message_id = f"DM{secrets.token_hex(16)}"
        if taken:
            self._sent.append(
                SentText(message_id, text.to, LINE, text.body, now, text.reference, text.valid_until)
            )
            task = asyncio.create_task(self._report_all(message_id))
            self._reporting.add(task)
            task.add_done_callback(self._reporting.discard)
        if failure is not None:
            raise failure
        return AcceptedText(message_id, LINE)

    async def find(self, text: OutgoingText, tried: CarrierTry) -> Sequence[AcceptedText]:  # noqa: ARG002 - the reference tells all
        """What is on the handsets under that reference."""
        return [
            AcceptedText(sent.message_id, sent.line)
            for sent in self._sent
            if sent.reference == text.reference
        ]

    async def report(self, provider_message_id: str) -> TextReport:
        """What is reported of each text in the end; raises DeliveryFailed for one that is not kept."""
        if all(sent.message_id != provider_message_id for sent in self._sent):
            raise DeliveryFailed("no such text", FailureFacts("unknown_text", retryable=False))
        told = self._receipts[-1] if self._receipts else None
        return TextReport(DeliveryStatus.ACCEPTED if told is None else delivery_status(told))

    async def reported(self) -> None:
        """Return once all receipts due so far have been reported."""
        await asyncio.gather(*self._reporting)

    async def aclose(self) -> None:
        """Report nothing more."""
        for task in self._reporting:
            task.cancel()
        await asyncio.gather(*self._reporting, return_exceptions=True)

    async def _report_all(self, message_id: str) -> None:
        for status in self._receipts:
            await self._report(message_id, status)
