"""Owing an email about a follow-up: written down now, rendered when it goes."""

from __future__ import annotations

from datetime import datetime

from gateway.domain.handling.letters import Letter
from gateway.domain.outbox import OutboxEntry, OutboxKind


def owed_letter(letter: Letter, now: datetime) -> OutboxEntry:
    """The entry to add within the caller's transaction."""
    return OutboxEntry(
        kind=OutboxKind.EMAIL, key=letter.key, payload=letter.payload, due_at=now, created_at=now
    )
