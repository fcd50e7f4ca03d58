"""Owing a citizen a text: rendered now, checked again and sent by the worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.application.ports.texts import MessageTexts
from gateway.domain.ids import FollowUpId, InvitationId
from gateway.domain.languages import Language
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxEntry, OutboxKind
from gateway.domain.phone_numbers import PhoneNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOrder:
    """One text to one citizen."""

    key: str
    """Stable id: the same text is never queued twice."""
    kind: MessageKind
    to: PhoneNumber
    language: Language
    timezone: str
    variables: Mapping[str, str]
    invitation_id: InvitationId | None = None
    line: str = ""
    """The line the citizen texted to, to answer from the same where the carrier has several."""
    follow_up_id: FollowUpId | None = None
    """The follow-up whose result it tells."""


class QueueText:
    """Turns an order into an outbox entry."""

    def __init__(self, texts: MessageTexts) -> None:
        self._texts = texts

    def words(self, order: TextOrder) -> str:
        """The very text that the citizen will get."""
        return self._texts.render(order.kind, order.language, order.variables)

    def __call__(self, order: TextOrder, now: datetime, expires_at: datetime | None = None) -> OutboxEntry:
        """The entry to add within the caller's transaction."""
        told = {} if order.follow_up_id is None else {"follow_up_id": order.follow_up_id}
        return OutboxEntry(
            kind=OutboxKind.UNASKED if order.kind.is_unasked else OutboxKind.SMS,
            key=order.key,
            payload={
                "kind": order.kind.value,
                "body": self.words(order),
                "timezone": order.timezone,
                "invitation_id": order.invitation_id,
                "line": order.line,
                "queued_at": now.isoformat(),
                **told,
            },
            due_at=now,
            created_at=now,
            expires_at=expires_at,
            phone=order.to,
        )
