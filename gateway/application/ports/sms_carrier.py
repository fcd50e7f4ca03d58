"""The SMS carrier: takes texts to citizens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingText:
    """One text to one citizen."""

    reference: str
    """Our own id of the message, stable over all tries."""
    to: PhoneNumber
    body: str
    valid_until: datetime | None = None
    """When the carrier should rather not deliver it any more (quiet hours)."""


@dataclass(frozen=True, slots=True)
class AcceptedText:
    """The carrier took it."""

    provider_message_id: str
    line: str
    """The sender line it went out by, as replies will name it."""
    status: DeliveryStatus = DeliveryStatus.ACCEPTED


class SmsCarrier(Protocol):
    """One way to send texts; receipts come back through the provider's webhooks or connection."""

    @property
    def name(self) -> str:
        """Short name of the provider: `twilio`, `demo`."""
        ...

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Hand a text to the carrier.

        Raises:
            DeliveryFailed: with `outcome_unknown` when the carrier may have taken it.

        """
        ...
