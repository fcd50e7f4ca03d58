"""The kinds of message that go out to citizens (MT), and what each may say."""

from __future__ import annotations

from enum import Enum
from typing import Final

from gateway.domain.languages import Language
from gateway.domain.levels import Level


class MessageKind(Enum):
    """Why a message is sent; the value names its template."""

    REMINDER = "reminder"
    """The one reminder after 24 hours without a rating (R-8)."""
    THANKS = "thanks"
    THANKS_BAD = "thanks_bad"
    """Thanks for a bad rating: the agency will call back (R-10)."""
    ADDITIONAL_THANKS = "additional_thanks"
    """Thanks for an additional evaluation (R-9)."""
    CLARIFICATION = "clarification"
    """The one question back when a reply could not be read."""
    ALREADY_RATED = "already_rated"
    """A third rating, refused politely (R-9)."""
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    RESTART_CONFIRMATION = "restart_confirmation"
    UNKNOWN_NUMBER = "unknown_number"
    """The one answer to a number without an open invitation."""
    HANDLED = "handled"
    """What an agency has put right, in its own words, and whether that satisfies (R-11)."""
    NOT_ADOPTED = "not_adopted"
    """A rating does not count, said neutrally, and whether that is accepted (R-12)."""
    HANDLING_NOTED = "handling_noted"
    HANDLING_CLARIFICATION = "handling_clarification"
    """The one question back when a reply about the handling could not be read."""

    @property
    def is_unasked(self) -> bool:
        """Whether it goes out of our own accord: by day only, and behind what answers a citizen."""
        return self in _UNASKED

    @property
    def variables(self) -> frozenset[str]:
        """The variables its template may use, beside `signature`; whoever renders gives all of them.

        `item_name` is the name of the service item or empty; `letter` tells one of several open
        invitations (`A`) or is empty, of a question about the handling it is never empty; `level_name`
        is `level_name()`; `additional_days` is the number of days within which an additional evaluation
        is taken, or empty when none is; `answer` is what the agency writes to the citizen.
        """
        return _VARIABLES[self]

    @property
    def segment_limit(self) -> int:
        """The most SMS segments it may take; a longer item name is shortened to keep it."""
        return _SEGMENTS.get(self, 2)


LONGEST_ANSWER: Final = 100
"""Characters of an agency's answer for which its text has room at least, whatever item it names."""
_UNASKED: Final = frozenset({MessageKind.REMINDER, MessageKind.HANDLED, MessageKind.NOT_ADOPTED})
_SEGMENTS: Final = {MessageKind.REMINDER: 1, MessageKind.HANDLED: 3}
_RATED: Final = frozenset({"item_name", "level_name"})
_VARIABLES: Final = {
    MessageKind.REMINDER: frozenset({"item_name", "letter"}),
    MessageKind.THANKS: _RATED | {"additional_days"},
    MessageKind.THANKS_BAD: _RATED,
    MessageKind.ADDITIONAL_THANKS: _RATED,
    MessageKind.CLARIFICATION: frozenset({"item_name", "letter"}),
    MessageKind.ALREADY_RATED: frozenset({"item_name"}),
    MessageKind.OPT_OUT_CONFIRMATION: frozenset[str](),
    MessageKind.RESTART_CONFIRMATION: frozenset[str](),
    MessageKind.UNKNOWN_NUMBER: frozenset[str](),
    MessageKind.HANDLED: frozenset({"item_name", "answer", "letter"}),
    MessageKind.NOT_ADOPTED: frozenset({"item_name", "letter"}),
    MessageKind.HANDLING_NOTED: frozenset({"item_name"}),
    MessageKind.HANDLING_CLARIFICATION: frozenset({"item_name", "letter"}),
}


def level_name(level: Level, language: Language) -> str:
    """The level's name as a citizen who reads `language` is told it."""
    return level.name_en if language is Language.ENGLISH else level.name_zh
