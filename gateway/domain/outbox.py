"""The outbox: everything the gateway owes to anybody outside, written with the fact that causes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from gateway.domain.ids import OutboxId
from gateway.domain.phone_numbers import PhoneNumber


class OutboxKind(Enum):
    """What is owed; each kind has one deliverer."""

    CORE_STORE = "core_store"
    SMS = "sms"
    """Texts that answer a citizen, who waits for them."""
    UNASKED = "reminder"
    """Texts of our own accord, reminders and results: however many are due hold up no answer.

    Stored under the name it had when there were reminders alone.
    """
    EMAIL = "email"
    REFERRAL = "referral"
    """Emails to competent departments: of their own kind, apart from all that agencies get."""
    CALL = "call"
    """Rating calls of our own accord: one entry for all calls to one person about one occasion."""


TEXT_KINDS: Final = (OutboxKind.SMS, OutboxKind.UNASKED)
"""Those that go to citizens."""
EMAIL_KINDS: Final = (OutboxKind.EMAIL, OutboxKind.REFERRAL)


class OutboxState(Enum):
    """What became of an entry."""

    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"
    """Refused for good or given up: shown, and can be retried by hand."""
    DROPPED = "dropped"
    """No longer wanted: opted out, rated meanwhile, or too late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxEntry:
    """One delivery to make.

    `key` is the stable id the receiver can deduplicate on; entries with the same `order_key` are
    delivered in the order of writing.
    """

    kind: OutboxKind
    key: str
    payload: Mapping[str, object]
    due_at: datetime
    created_at: datetime
    order_key: str | None = None
    expires_at: datetime | None = None
    """When it is better dropped than delivered."""
    phone: PhoneNumber | None = None
    """Who is texted; kept beside the payload because it is encrypted at rest."""


@dataclass(frozen=True, slots=True)
class CarrierTry:
    """One handing over of a text, on record before the request leaves, so that it can be looked up later."""

    carrier: str
    line: str
    """The sender line it goes out by."""
    begun_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedEntry:
    """An entry that this worker holds until its lease ends."""

    outbox_id: OutboxId
    entry: OutboxEntry
    attempt: int
    """1 for the first try."""
    lease: str
    """Only the holder of this token may settle the entry."""
    interrupted: bool
    """The previous try was never settled (crash): its outcome is unknown."""
    doubt: CarrierTry | None = None
    """An earlier try whose outcome is not known: to be looked up before anything is sent again."""
    begun: CarrierTry | None = None
    """The try that this claim has put on record."""
    unreadable: str = ""
    """Why its number, which it has, cannot be read; empty where it can."""
