"""Rows of texts in both directions, their receipts, and the strangers answered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, exists, insert, select, update

from gateway.adapters.database.dialects import insert_or_ignore
from gateway.adapters.database.key_sets import among
from gateway.adapters.database.sealed_phones import phone_columns
from gateway.adapters.database.tables import (
    delivery_receipts,
    incoming_messages,
    invitations,
    sent_messages,
    strangers,
)
from gateway.application.ports.database import SentText, UnconfirmedText
from gateway.domain.receipts import DeliveryStatus, merge_status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.database import IncomingMessage, SentMessage
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.ids import InvitationId, MessageId
    from gateway.domain.phone_numbers import PhoneNumber


_RECEIPT_OF_SENT = and_(
    delivery_receipts.c.provider == sent_messages.c.provider,
    delivery_receipts.c.provider_message_id == sent_messages.c.provider_message_id,
)

# Statements of every text and of workers are made once: building one costs more than running it.
_UNCONFIRMED = (
    select(sent_messages, delivery_receipts.c.status)
    .outerjoin(delivery_receipts, _RECEIPT_OF_SENT)
    .where(sent_messages.c.unconfirmed_at <= bindparam("until"))
    .order_by(sent_messages.c.unconfirmed_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True, of=sent_messages)
)
_OF_TEXT = and_(
    delivery_receipts.c.provider == bindparam("of_provider"),
    delivery_receipts.c.provider_message_id == bindparam("of_message"),
)
_RECEIPT = select(delivery_receipts.c.status).where(_OF_TEXT).with_for_update()
_GET_FURTHER = (
    update(delivery_receipts)
    .where(_OF_TEXT)
    .values(
        status=bindparam("new_status", type_=delivery_receipts.c.status.type),
        error_code=bindparam("new_error_code"),
        updated_at=bindparam("now"),
    )
)
_IS_KNOWN = select(exists().where(incoming_messages.c.message_id == bindparam("message_id")))
_ADD_INCOMING = insert(incoming_messages)
_REFERENCES = select(sent_messages.c.provider_message_id, sent_messages.c.reference).where(
    sent_messages.c.provider == bindparam("provider"),
    among(sent_messages.c.provider_message_id, "provider_message_ids"),
)
_CONFIRM = (
    update(sent_messages).where(among(sent_messages.c.reference, "references")).values(unconfirmed_at=None)
)
_IS_STRANGER = select(exists().where(among(strangers.c.phone_index, "indexes")))
_KEEP_LINE = (
    update(invitations)
    .where(invitations.c.invitation_id == bindparam("b_invitation_id"))
    .values(line=bindparam("b_line"))
)


class SqlMessages:
    """The port `Messages`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def is_known(self, message_id: MessageId) -> bool:
        """Whether this text was taken before."""
        found = await self._connection.execute(_IS_KNOWN, {"message_id": message_id})
        return bool(found.scalar_one())

    async def add_incoming(self, message: IncomingMessage) -> None:
        """A text from a citizen, its words sealed: people write numbers and names into them."""
        row = {
            "message_id": message.message_id,
            **phone_columns(self._personal_data, message.sender),
            "line": message.line,
            "body_sealed": self._personal_data.seal(message.body),
            "received_at": message.received_at,
            "outcome": message.outcome,
            "rule": message.rule,
            "invitation_id": message.invitation_id,
            "match_reason": message.match_reason,
            "candidates": list(message.candidates),
            "evaluation_id": message.evaluation_id,
        }
        await self._connection.execute(_ADD_INCOMING, row)

    async def add_sent(self, messages: Sequence[SentMessage]) -> None:
        """Texts that a carrier took; the invitation remembers the line, so that a reply finds it."""
        rows = [
            {
                "reference": message.reference,
                "kind": message.kind,
                "invitation_id": message.invitation_id,
                "provider": message.provider,
                "provider_message_id": message.provider_message_id,
                "sent_at": message.sent_at,
                "unconfirmed_at": message.sent_at,
            }
            for message in messages
        ]
        if rows:
            await self._connection.execute(insert_or_ignore(self._connection, sent_messages), rows)
        lines = [{"b_invitation_id": m.invitation_id, "b_line": m.line} for m in messages if m.invitation_id]
        # In the order in which `SqlInvitations.lock` takes them, lest the two wait for each other.
        lines.sort(key=lambda line: str(line["b_invitation_id"]))
        if lines:
            await self._connection.execute(_KEEP_LINE, lines)

    async def references(self, provider: str, provider_message_ids: Collection[str]) -> dict[str, str]:
        """Our references of a carrier's texts, by their ids."""
        asked = {"provider": provider, "provider_message_ids": provider_message_ids}
        found = await self._connection.execute(_REFERENCES, asked)
        return {row.provider_message_id: row.reference for row in found}

    async def unconfirmed(self, until: datetime, limit: int) -> list[UnconfirmedText]:
        """Texts whose receipt has been awaited for long, by the small index of those that await one."""
        found = await self._connection.execute(_UNCONFIRMED, {"until": until, "limit": limit})
        return [
            UnconfirmedText(
                reference=row["reference"],
                provider=row["provider"],
                provider_message_id=row["provider_message_id"],
                sent_at=row["sent_at"],
                status=row["status"],
            )
            for row in found.mappings()
        ]

    async def await_receipt(self, reference: str, since: datetime) -> None:
        """Await the receipt as if only since then."""
        await self._connection.execute(
            update(sent_messages).where(sent_messages.c.reference == reference).values(unconfirmed_at=since)
        )

    async def confirm(self, references: Collection[str]) -> None:
        """Await no receipt any more."""
        if references:
            await self._connection.execute(_CONFIRM, {"references": references})

    async def sent_about(self, invitation_id: InvitationId) -> list[SentText]:
        """The texts that went out about an invitation, with the furthest status each has reached."""
        found = await self._connection.execute(
            select(sent_messages, delivery_receipts.c.status)
            .outerjoin(delivery_receipts, _RECEIPT_OF_SENT)
            .where(sent_messages.c.invitation_id == invitation_id)
            .order_by(sent_messages.c.sent_at, sent_messages.c.reference)
        )
        return [
            SentText(kind=row["kind"], provider=row["provider"], sent_at=row["sent_at"], status=row["status"])
            for row in found.mappings()
        ]

    async def receipt(self, provider: str, provider_message_id: str) -> DeliveryStatus | None:
        """How far a text got."""
        text = {"of_provider": provider, "of_message": provider_message_id}
        found = await self._connection.execute(_RECEIPT, text)
        return found.scalars().first()

    async def keep_receipt(
        self, provider: str, provider_message_id: str, status: DeliveryStatus, error_code: str, now: datetime
    ) -> None:
        """The furthest status of a text; a row is made first, so that two nodes merge one after the other."""
        key = {"provider": provider, "provider_message_id": provider_message_id}
        first = key | {"status": status, "error_code": error_code, "updated_at": now}
        await self._connection.execute(insert_or_ignore(self._connection, delivery_receipts), [first])
        known = await self.receipt(provider, provider_message_id)
        if merge_status(known, status) is not known:
            text = {"of_provider": provider, "of_message": provider_message_id}
            further = {"new_status": status, "new_error_code": error_code, "now": now}
            await self._connection.execute(_GET_FURTHER, text | further)

    async def first_answer_to_stranger(self, phone: PhoneNumber, now: datetime) -> bool:
        """Whether this number gets its one answer now."""
        indexes = self._personal_data.indexes(phone)
        known = await self._connection.execute(_IS_STRANGER, {"indexes": indexes})
        if known.scalar_one():
            return False
        await self._connection.execute(insert(strangers).values(phone_index=indexes[0], answered_at=now))
        return True
