"""The emails about a follow-up, each with one thing to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.domain.handling.progress import DeadlineKind

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.follow_ups import FollowUpState
    from gateway.domain.handling.acts import Verdict
    from gateway.domain.ids import FollowUpId


class LetterKind(Enum):
    """Why somebody is written to."""

    OPENED = "opened"
    REMINDER = "reminder"
    ESCALATION = "escalation"
    NOT_ADOPTED = "not_adopted"
    """To the bureau: a rating was found mistaken or malicious (R-12)."""
    TELL_BY_PHONE = "tell_by_phone"
    """The text to the citizen could not be sent, so they are to be called."""
    UNREACHABLE = "unreachable"
    """To the bureau: no mailbox of an agency takes emails."""
    RETURNED = "returned"
    """The bureau sent it back, or found it true after all: it is to be done by a new deadline."""


BUREAU_TIER: Final = -1
"""The last tier, whichever number it has."""
_REST: Final = "rest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One email about one follow-up, as it is owed."""

    kind: LetterKind
    follow_up_id: FollowUpId
    name: str
    """Tells it from every other email about the same follow-up; part of its Message-ID."""
    tier: int
    """Whom it goes to: 0 is the agency's contacts, and so on up to the bureau."""
    duty: DeadlineKind | None = None
    """What is owed, of a reminder or an escalation."""

    @property
    def key(self) -> str:
        """The outbox key: the same email is never owed twice."""
        return f"{self.follow_up_id}:{self.name}"

    @property
    def payload(self) -> dict[str, object]:
        """As the outbox keeps it."""
        return {
            "follow_up_id": self.follow_up_id,
            "letter": self.kind.value,
            "step": self.name,
            "tier": self.tier,
            "duty": self.duty.value if self.duty else None,
        }


def letter_kind(payload: Mapping[str, object]) -> LetterKind | None:
    """The kind of an email that is owed; None for one of a newer release, or about a deadline of one."""
    if payload.get("duty") is not None and duty_of(payload) is None:
        return None
    value = payload.get("letter", LetterKind.OPENED.value)
    return next((kind for kind in LetterKind if kind.value == value), None)


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of an email that others of its tier have already: one reader's copy."""

    letter: Mapping[str, object]
    """The email as it is owed."""
    reader: str

    @property
    def payload(self) -> dict[str, object]:
        """As the outbox keeps it; a release that does not know it leaves it to those that do."""
        return {"letter": _REST, "of": dict(self.letter), "reader": self.reader}


def rest_of(payload: Mapping[str, object]) -> Rest | None:
    """The copy that is owed; None where it is a whole email."""
    letter = payload.get("of")
    if payload.get("letter") != _REST or not isinstance(letter, Mapping):
        return None
    return Rest(letter, str(payload["reader"]))


def duty_of(payload: Mapping[str, object]) -> DeadlineKind | None:
    """What an email that is owed says is due."""
    value = payload.get("duty")
    return next((kind for kind in DeadlineKind if kind.value == value), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """What one email about a follow-up tells, beside the rating itself."""

    kind: LetterKind
    duty: DeadlineKind | None = None
    due_at: datetime | None = None
    verdict: Verdict | None = None
    words: str = ""
    """The reasons of a verdict, or of the bureau."""
    steps: int = 0
    """How many the follow-up had: what says the same with more of them is the newer word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLine:
    """One unfinished follow-up in the morning's list."""

    follow_up_id: FollowUpId
    title: str
    agency: str
    level: str
    state: FollowUpState
    duty: DeadlineKind | None
    """None where the bureau is to look at it, or the citizen to be told."""
    due_at: datetime | None
    late: bool
    page: str
