"""Delivery receipts: how far a text got, merged only forward because receipts arrive in any order."""

from __future__ import annotations

from enum import Enum
from typing import Final


class DeliveryStatus(Enum):
    """How far a message to a citizen got, in the words all carriers share."""

    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """A code of the carrier that we do not know: kept, counted, never guessed."""

    @property
    def is_final(self) -> bool:
        """Whether nothing but a reading may follow."""
        return _RANKS[self] == _FINAL


_FINAL: Final = 3
_RANKS: Final = {
    DeliveryStatus.UNKNOWN: 0,
    DeliveryStatus.ACCEPTED: 1,
    DeliveryStatus.SENT: 2,
    DeliveryStatus.DELIVERED: _FINAL,
    DeliveryStatus.UNDELIVERED: _FINAL,
    DeliveryStatus.FAILED: _FINAL,
}


def merge_status(known: DeliveryStatus | None, arrived: DeliveryStatus) -> DeliveryStatus:
    """What to believe after a receipt: the furthest status; of two final ones the first."""
    if known is None or _RANKS[arrived] > _RANKS[known]:
        return arrived
    return known
