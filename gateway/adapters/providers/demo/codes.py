"""The demo carrier's codes in the gateway's words. What is not listed is unknown and is never guessed."""

from __future__ import annotations

from typing import Final

from gateway.domain.receipts import DeliveryStatus

SENT: Final = "sent"
"""The text left for the handset."""
DELIVERED: Final = "delivered"
"""The handset has it."""

CALL_OVER: Final = "completed"
"""The call ended as calls do, whoever hung up."""
CALL_BROKEN: Final = "failed"
"""It never came about, or broke on the carrier's side."""

_DELIVERY_STATUSES: Final = {
    "accepted": DeliveryStatus.ACCEPTED,
    SENT: DeliveryStatus.SENT,
    DELIVERED: DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.FAILED,
}


def delivery_status(status: str) -> DeliveryStatus:
    """The status of a receipt; UNKNOWN for one that is not listed."""
    return _DELIVERY_STATUSES.get(status, DeliveryStatus.UNKNOWN)
