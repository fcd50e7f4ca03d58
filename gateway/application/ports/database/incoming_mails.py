"""Where it is kept which emails came back, and what became of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, Protocol

from gateway.domain.ids import FollowUpId


class MailOutcome(Enum):
    """What became of an email."""

    COMMENT = "comment"
    """A contact's reply: a remark on the follow-up."""
    EMPTY = "empty"
    """A contact's reply in which nothing was written."""
    AUTO_REPLY = "auto_reply"
    PERMANENT = "permanent"
    MAILBOX_FULL = "mailbox_full"
    DELAYED = "delayed"
    ASIDE = "aside"
    """It cannot be told whose it is or what about: kept for the bureau."""


NOBODY_READ: Final = (MailOutcome.PERMANENT, MailOutcome.MAILBOX_FULL)
"""What says that an email of ours reached nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """An email that came back."""

    key: str
    received_at: datetime
    outcome: MailOutcome
    why: str = ""
    """In words for an operator, where that is of use."""
    follow_up_id: FollowUpId | None = None
    contact: str = ""
    """Who had been written to, as return addresses name them."""
    words: str = ""
    """Sender, subject and text of one that is kept aside; else empty."""


@dataclass(frozen=True, slots=True)
class UnreadMail:
    """An email that came back from a contact of an agency."""

    agency_code: str
    contact: str
    """Who had been written to, as return addresses name them."""
    outcome: MailOutcome
    received_at: datetime


class IncomingMails(Protocol):
    """Emails that came back, each once."""

    async def is_known(self, key: str) -> bool:
        """Whether this email was taken before."""
        ...

    async def add(self, mail: KeptMail) -> None:
        """One that was taken.

        Raises:
            AlreadyRecorded: another worker took it at the same moment.

        """
        ...

    async def bounced(self, follow_up_id: FollowUpId, outcomes: Collection[MailOutcome]) -> frozenset[str]:
        """The contacts whose emails about this follow-up came back so."""
        ...

    async def unread(self, since: datetime, outcomes: Collection[MailOutcome]) -> list[UnreadMail]:
        """Of each contact of an agency the last that came back so since then; the oldest first."""
        ...

    async def aside(self, limit: int) -> list[KeptMail]:
        """The newest of those kept aside, with their words."""
        ...
