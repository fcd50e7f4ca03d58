"""Delivery receipts: how far a text got, merged only forward because receipts arrive in any order."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_WAIT: Final = timedelta(hours=72)
"""How old a text is when its receipt is no longer waited for: carriers keep trying for 48 hours at most."""


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


def next_question_at(sent_at: datetime, now: datetime, patience: timedelta) -> datetime | None:
    """When a carrier that is asked about a text now is asked again; None = it is too old to be asked at all.

    Each time the text has grown twice as old: what has not come soon mostly comes never.
    """
    age = max(now - sent_at, timedelta(0))
    return min(now + max(age, patience), now - age + LONGEST_WAIT) if age < LONGEST_WAIT else None
