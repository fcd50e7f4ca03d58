"""Who brings about the rating calls that we make ourselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.call_plan import CallOutcome
from gateway.domain.ids import CallId, ServiceId
from gateway.domain.phone_numbers import PhoneNumber


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """One call to make; whoever answers is led through the flow of the service."""

    to: PhoneNumber
    service_id: ServiceId
    visit_no: int
    reference: str
    """Our own, unlike that of any other call."""


class CallCarrier(Protocol):
    """Makes calls; what is said in them comes by the same way as for calls that come in."""

    @property
    def name(self) -> str:
        """As it stands in the settings."""
        ...

    @property
    def caller_id(self) -> str:
        """The number that citizens see."""
        ...

    def arrival_of(self, call_id: str) -> CallId:
        """Under which id the call is known once somebody has answered it and hears the flow."""
        ...

    async def place(self, call: OutgoingCall) -> str:
        """Have the number rung; the carrier's own id of the call, while it has hardly begun.

        Raises:
            DeliveryFailed: it was not taken, or nobody knows.

        """
        ...

    async def find(self, call: OutgoingCall, begun_at: datetime) -> str | None:
        """The id of a call whose placing was never answered; None when there is none, as far as is known.

        Raises:
            DeliveryFailed: the carrier cannot be asked now.

        """
        ...

    async def outcome(self, call_id: str) -> CallOutcome:
        """What has come of it so far.

        Raises:
            DeliveryFailed: the carrier cannot be asked now.

        """
        ...
