"""The SMS carrier: takes texts to citizens, and may be asked what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.outbox import CarrierTry
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingText:
    """One text to one citizen."""

    reference: str
    """Our own id of the message, stable over all tries; receipts repeat it where a carrier allows that."""
    to: PhoneNumber
    body: str
    valid_until: datetime | None = None
    """When the carrier should rather not deliver it any more (quiet hours)."""
    line: str = ""
    """The line to send it from; empty, or one the carrier does not have, leaves the choice to it."""


@dataclass(frozen=True, slots=True)
class AcceptedText:
    """The carrier took it."""

    provider_message_id: str
    line: str
    """The sender line it went out by, as replies will name it."""
    status: DeliveryStatus = DeliveryStatus.ACCEPTED


@dataclass(frozen=True, slots=True)
class TextReport:
    """What the carrier says of a text when it is asked."""

    status: DeliveryStatus
    error_code: str = ""


class SmsCarrier(Protocol):
    """One way to send texts; receipts come back through the provider's webhooks or connection."""

    @property
    def name(self) -> str:
        """Short name of the provider: `twilio`, `demo`."""
        ...

    @property
    def can_be_asked(self) -> bool:
        """Whether `find` and `report` can be called: a carrier without a query has none."""
        ...

    @property
    def settles_within(self) -> timedelta:
        """How long after a try `find` may still not show a text that was taken."""
        ...

    @property
    def shortest_validity(self) -> timedelta:
        """The shortest time until `valid_until` in which a text has a fair chance to leave its queue."""
        ...

    def line_for(self, wanted: str) -> str:
        """The line a text would go out by: the wanted one where the carrier has it, else its own."""
        ...

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Hand a text to the carrier.

        Raises:
            DeliveryFailed: with `outcome_unknown` when the carrier may have taken it.

        """
        ...

    async def find(self, text: OutgoingText, tried: CarrierTry) -> Sequence[AcceptedText]:
        """The texts that this try may have become, surely all of them once `settles_within` is over.

        More than one where the carrier knows no reference of ours and the same words went to the same
        number; the caller knows which of them are others.

        Raises:
            DeliveryFailed: the carrier does not tell now.

        """
        ...

    async def report(self, provider_message_id: str) -> TextReport:
        """How far a text got.

        Raises:
            DeliveryFailed: the carrier does not tell now; not retryable when it does not know the text.

        """
        ...
