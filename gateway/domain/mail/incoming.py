"""An email that came back, as far as anything follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

LARGEST: Final = 1_000_000
"""Bytes that are read of one email: what follows are attachments, which belong on the page."""


class MailNature(Enum):
    """Who or what wrote it."""

    REPLY = "reply"
    """A person."""
    AUTO_REPLY = "auto_reply"
    """A program for somebody who is away: no acknowledgement of anything."""
    BOUNCE = "bounce"
    """A mail server, about an email of ours."""


class BounceClass(Enum):
    """Why an email was not delivered (RFC 3464, codes of RFC 3463)."""

    PERMANENT = "permanent"
    """No such mailbox, or one that takes nothing from us."""
    MAILBOX_FULL = "mailbox_full"
    DELAYED = "delayed"
    """It is still being tried."""
    UNKNOWN = "unknown"
    """The report says no code."""

    @property
    def is_unreachable(self) -> bool:
        """Whether nobody has read that email, nor will."""
        return self in {BounceClass.PERMANENT, BounceClass.MAILBOX_FULL}


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMail:
    """One email from a mailbox of ours."""

    key: str
    """The same for the same email, however often it is handed in."""
    recipients: tuple[str, ...]
    """Every address that it was or may have been delivered to."""
    sender: str
    """The address it claims to be from; empty where there is none."""
    subject: str
    nature: MailNature
    bounce: BounceClass | None = None
    text: str = ""
    """What was written, still with what it quotes."""
    files: int = 0
    """How many files came with it; none of them is read."""


_FULL: Final = {("4", "2", "2"), ("5", "2", "2")}


def bounce_class(action: str, status: str) -> BounceClass:
    """The class of one recipient's report, by its `Action` and `Status` fields."""
    parts = tuple(status.strip().split(".")[:3])
    if parts in _FULL:
        return BounceClass.MAILBOX_FULL
    if action.strip().casefold() == "delayed" or parts[:1] == ("4",):
        return BounceClass.DELAYED
    if action.strip().casefold() == "failed" or parts[:1] == ("5",):
        return BounceClass.PERMANENT
    return BounceClass.UNKNOWN
