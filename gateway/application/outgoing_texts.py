"""Outbox entries read as the texts they are."""

from __future__ import annotations

from datetime import datetime

from gateway.application.ports.database import SentMessage
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText
from gateway.domain.ids import FollowUpId, InvitationId
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import ClaimedEntry, OutboxEntry


def kind_of(claimed: ClaimedEntry) -> MessageKind | None:
    """The kind of text; None for one of a newer release, whose workers know what it asks for."""
    value = claimed.entry.payload["kind"]
    return next((kind for kind in MessageKind if kind.value == value), None)


def queued_at(entry: OutboxEntry) -> datetime:
    """When the text was owed; an operator who retries a dead one does not make it fresh again."""
    value = entry.payload.get("queued_at")
    return datetime.fromisoformat(value) if isinstance(value, str) else entry.created_at


def line_of(entry: OutboxEntry) -> str:
    """The line the citizen texted to; empty for what we begin."""
    return str(entry.payload.get("line") or "")


def invitation_of(entry: OutboxEntry) -> InvitationId | None:
    """The invitation that the text is about."""
    value = entry.payload.get("invitation_id")
    return InvitationId(value) if isinstance(value, str) else None


def follow_up_of(entry: OutboxEntry) -> FollowUpId | None:
    """The follow-up whose result the text tells."""
    value = entry.payload.get("follow_up_id")
    return FollowUpId(value) if isinstance(value, str) else None


def text_of(claimed: ClaimedEntry, valid_until: datetime | None = None) -> OutgoingText:
    """The text as a carrier is given it.

    Raises:
        LookupError: there is no number; such an entry is dropped before.

    """
    entry = claimed.entry
    if entry.phone is None:
        raise LookupError(f"{entry.key} has no number")
    return OutgoingText(
        reference=entry.key,
        to=entry.phone,
        body=str(entry.payload["body"]),
        valid_until=valid_until,
        line=claimed.begun.line if claimed.begun else "",
    )


def sent_message(entry: OutboxEntry, provider: str, accepted: AcceptedText, sent_at: datetime) -> SentMessage:
    """The record of a text that a carrier took."""
    return SentMessage(
        reference=entry.key,
        kind=str(entry.payload["kind"]),
        invitation_id=invitation_of(entry),
        provider=provider,
        provider_message_id=accepted.provider_message_id,
        sent_at=sent_at,
        line=accepted.line,
    )
