"""What a reply is read as: its outcome, its level, the citizen's words, and the rule that decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.levels import Level


class Outcome(Enum):
    """What the gateway does with a reply: record it, ask once, or send no more."""

    RATING = "rating"
    UNCLEAR = "unclear"
    OPT_OUT = "opt_out"


class Rule(StrEnum):
    """The rule that decided, as operators see it; docs/reply-reading.md explains each."""

    HEAD_DIGIT = "head_digit"
    TAIL_DIGIT = "tail_digit"
    UNIT = "unit"
    LEVEL_PHRASE = "level_phrase"
    OPT_OUT_EXACT = "opt_out.exact"
    OPT_OUT_WORD = "opt_out.word"
    OPT_OUT_REQUEST = "opt_out.request"
    BLANK = "blank"
    ADVERTISING = "advertising"
    TWO_NUMBERS = "two_numbers"
    NOT_AN_OPTION = "not_an_option"
    DIGIT_IN_NUMERAL = "digit_in_numeral"
    CORRECTION = "correction"
    MENU = "menu"
    LIST = "list"
    DIGIT_QUESTION = "digit_question"
    UNKNOWN_UNIT = "unknown_unit"
    STRONG_AVERAGE = "strong_average"
    BROKEN_PHRASE = "broken_phrase"
    NEGATION = "negation"
    CONDITION = "condition"
    SARCASM = "sarcasm"
    CONTRAST = "contrast"
    WISH = "wish"
    ANOTHER_TIME = "another_time"
    HEARSAY = "hearsay"
    QUESTION = "question"
    DISAGREEMENT = "disagreement"
    DOUBTFUL = "doubtful"
    NOTHING_FOUND = "nothing_found"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one reply was read. Only a `RATING` has a level; there is no default (R-16)."""

    outcome: Outcome
    level: Level | None
    comment: str
    """The citizen's own words beside the level, as they came; empty when there are none."""
    rule: Rule
    """The rule that decided: a short, stable word that explains the outcome."""


def unclear(rule: Rule) -> Reading:
    """The reading of a reply that records nothing and is asked back about, and why."""
    return Reading(Outcome.UNCLEAR, None, "", rule)


def opted_out(rule: Rule) -> Reading:
    """The reading of a reply whose writer wants no more messages."""
    return Reading(Outcome.OPT_OUT, None, "", rule)
