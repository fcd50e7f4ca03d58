"""Port: email to agencies, its words and its transport."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from gateway.domain.agencies import Agency
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.letters import DigestLine, LetterContent
from gateway.domain.notices import BadRatingNotice


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """Subject and both bodies of an email; they say the same."""

    subject: str
    text: str
    html: str
    calendar: str = ""
    """An iCalendar file (RFC 5545) with the deadline that the email names; empty when it names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingEmail:
    """One email as it is to be sent."""

    message_id: str
    """`<…@…>`, the same at every try, so that the receiver can drop a second copy."""
    subject: str
    to: tuple[str, ...]
    """Addresses without display names."""
    text: str
    html: str
    references: tuple[str, ...] = ()
    """Message-IDs of the thread's earlier emails, oldest first."""
    in_reply_to: str | None = None
    calendar: str = ""
    """An iCalendar file that goes with it; empty = none."""
    return_address: str = ""
    """Where replies and bounces of this very email go; empty = to the sender."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers; they cannot replace those that the fields above make."""


@dataclass(frozen=True, slots=True)
class RefusedRecipient:
    """An address that the server did not take."""

    address: str
    code: int
    """SMTP reply code: 4xx may be tried again, 5xx is for good."""


@dataclass(frozen=True, slots=True)
class EmailReceipt:
    """The server took responsibility for the email to `accepted` (at least one), not to `refused`."""

    accepted: tuple[str, ...]
    refused: tuple[RefusedRecipient, ...] = ()


class Mailer(Protocol):
    """Takes emails to their recipients."""

    async def send(self, email: OutgoingEmail) -> EmailReceipt:
        """Hand over one email.

        Raises:
            DeliveryFailed: no recipient has it. Retryable for 4xx, for an unreachable server and for
                faults of the session (certificate, login) that an operator can mend; not for 5xx on
                sender, recipients or content, nor when `to` is empty. `outcome_unknown` when the
                connection was lost after the content had left.

        """
        ...


class EmailTexts(Protocol):
    """Renders what is written to agencies."""

    def bad_rating(self, notice: BadRatingNotice, page: str) -> RenderedEmail:
        """The email that opens a follow-up (R-10), with the address of its reader's own page.

        The citizen's words come without numbers (R-18).
        """
        ...

    def letter(self, notice: BadRatingNotice, content: LetterContent, page: str) -> RenderedEmail:
        """Any later email about a follow-up: one thing to do, and what the reader needs for it."""
        ...

    def digest(self, reader: Agency, day: date, lines: Sequence[DigestLine], more: int) -> RenderedEmail:
        """The morning's list of what is unfinished; `more` is how many are not listed."""
        ...


class ReferralTexts(Protocol):
    """Renders what is written to competent departments (R-20)."""

    def referral(self, notice: BadRatingNotice, department: str, step: FollowUpStep) -> RenderedEmail:
        """The email about a suspected violation, from the step that refers it; without numbers (R-18)."""
        ...
