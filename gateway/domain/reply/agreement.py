"""Rule 9: everything that speaks for a level must lie on one side; units on one level."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.reply.evidence import Evidence, Kind, is_good
from gateway.domain.reply.reading import Rule

if TYPE_CHECKING:
    from collections.abc import Sequence


class Verdict(NamedTuple):
    """The level all evidence agrees on, or none, and the rule that says so."""

    level: int | None
    rule: Rule


def agree(
    digit: int | None, digit_rule: Rule, firm: Sequence[Evidence], doubtful: Sequence[Evidence]
) -> Verdict:
    """The digit's level, else the unit's, else the first phrase's - if all evidence lies on one side."""
    units = [found for found in firm if found.kind is Kind.UNIT]
    if digit is not None:
        level, rule = digit, digit_rule
    elif units:
        level, rule = units[0].level, Rule.UNIT
    elif firm:
        level, rule = firm[0].level, Rule.LEVEL_PHRASE
    else:
        return Verdict(None, Rule.DOUBTFUL if doubtful else Rule.NOTHING_FOUND)
    if len({unit.level for unit in units}) > 1 or any(found.good != is_good(level) for found in firm):
        return Verdict(None, Rule.DISAGREEMENT)
    if any(found.good != is_good(level) for found in doubtful):
        return Verdict(None, Rule.DOUBTFUL)
    if digit is None and any(found.level != level for found in doubtful if _must_equal(found, firm)):
        return Verdict(None, Rule.DOUBTFUL)
    return Verdict(level, rule)


def _must_equal(doubtful: Evidence, firm: Sequence[Evidence]) -> bool:
    """A number, or a phrase that would have come first, would have set the level itself."""
    return doubtful.kind is Kind.UNIT or doubtful.start < firm[0].start
