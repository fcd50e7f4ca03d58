"""Where texts in both directions are kept, and who wants none."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.ids import EvaluationId, InvitationId, MessageId
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMessage:
    """A text from a citizen with how it was read."""

    message_id: MessageId
    sender: PhoneNumber | None
    line: str
    body: str
    received_at: datetime
    outcome: str
    rule: str
    invitation_id: InvitationId | None
    match_reason: str
    candidates: tuple[InvitationId, ...]
    evaluation_id: EvaluationId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A text that a carrier took."""

    reference: str
    kind: str
    invitation_id: InvitationId | None
    provider: str
    provider_message_id: str
    sent_at: datetime
    line: str
    """The sender line it went out by; replies name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentText:
    """A text that went out and how far it got."""

    kind: str
    provider: str
    sent_at: datetime
    status: DeliveryStatus | None
    """None while no receipt has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnconfirmedText:
    """A text whose last receipt is missing."""

    reference: str
    provider: str
    provider_message_id: str
    sent_at: datetime
    status: DeliveryStatus | None
    """The furthest that is known; a last one has come meanwhile where it is final."""


class Messages(Protocol):
    """Texts in both directions."""

    async def is_known(self, message_id: MessageId) -> bool:
        """Whether this text was taken before."""
        ...

    async def add_incoming(self, message: IncomingMessage) -> None:
        """A text from a citizen.

        Raises:
            AlreadyRecorded: the same text arrived at another node at the same moment.

        """
        ...

    async def add_sent(self, messages: Sequence[SentMessage]) -> None:
        """Texts that a carrier took; their receipts are awaited from then on."""
        ...

    async def references(self, provider: str, provider_message_ids: Collection[str]) -> Mapping[str, str]:
        """Which of a carrier's texts are known, by their ids: our references of them."""
        ...

    async def unconfirmed(self, until: datetime, limit: int) -> list[UnconfirmedText]:
        """Texts whose receipt has been awaited since `until` or longer, less what another worker looks at."""
        ...

    async def await_receipt(self, reference: str, since: datetime) -> None:
        """Await the receipt as if only since then."""
        ...

    async def confirm(self, references: Collection[str]) -> None:
        """Await no receipt any more."""
        ...

    async def sent_about(self, invitation_id: InvitationId) -> list[SentText]:
        """The texts that went out about an invitation, oldest first."""
        ...

    async def receipt(self, provider: str, provider_message_id: str) -> DeliveryStatus | None:
        """How far a text got."""
        ...

    async def keep_receipt(
        self, provider: str, provider_message_id: str, status: DeliveryStatus, error_code: str, now: datetime
    ) -> None:
        """The furthest status of a text."""
        ...

    async def first_answer_to_stranger(self, phone: PhoneNumber, now: datetime) -> bool:
        """Whether this number, which has no open invitation, gets its one answer now."""
        ...


class OptOuts(Protocol):
    """The ledger of those who want no texts."""

    async def are_out(self, phones: Collection[PhoneNumber]) -> frozenset[PhoneNumber]:
        """Which of these numbers want no texts."""
        ...

    async def since(self, phone: PhoneNumber) -> datetime | None:
        """Since when this number wants no texts; None when it gets them."""
        ...

    async def begin(self, phone: PhoneNumber, words: str, now: datetime) -> bool:
        """Note the wish with its wording; False when it is noted already."""
        ...

    async def end(self, phone: PhoneNumber, now: datetime) -> bool:
        """Note that texts are wanted again; False when they were."""
        ...
