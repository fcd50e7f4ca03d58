"""Rule 7: evidence that does not count, one module per way of spoiling it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.domain.reply.reading import Rule
from gateway.domain.reply.spoilt.condition import CONDITIONS, conditional
from gateway.domain.reply.spoilt.contrast import CONTRASTS, contrasted
from gateway.domain.reply.spoilt.elsewhere import ELSEWHERE, hearsay, of_another_time, wished
from gateway.domain.reply.spoilt.negation import NEGATORS, negated
from gateway.domain.reply.spoilt.sarcasm import SARCASM, sarcastic

if TYPE_CHECKING:
    from gateway.domain.reply.evidence import Evidence
    from gateway.domain.reply.scene import Scene

_DOUBT: Final = (
    (Rule.SARCASM, sarcastic),
    (Rule.CONDITION, conditional),
    (Rule.NEGATION, negated),
    (Rule.CONTRAST, contrasted),
)
_PASSED_OVER: Final = (
    (Rule.ANOTHER_TIME, of_another_time),
    (Rule.HEARSAY, hearsay),
    (Rule.WISH, wished),
)


class Spoilt(NamedTuple):
    """The evidence that does not count."""

    doubt: Rule | None
    """Why the message is unclear unless a head digit states the level."""
    elsewhere: Rule | None
    """Why evidence was passed over that speaks of another time, for somebody else, or of a wish."""
    all: frozenset[Evidence]
    contradicting: frozenset[Evidence]
    """What was said of another time or by others: a head digit must not lie on its other side."""


_SOME_SPOILER: Final = re.compile(
    "|".join(
        pattern.pattern.replace("(?P<skip>", "(?:")
        for pattern in (*NEGATORS, *CONDITIONS, SARCASM, *CONTRASTS, *ELSEWHERE)
    )
)
"""Without any of these words nothing is spoilt: the frequent short replies need no closer look."""

_NOTHING: Final = Spoilt(None, None, frozenset(), frozenset())


def find_spoilt(scene: Scene) -> Spoilt:
    """Everything that spoils the evidence of a message."""
    if not scene.evidence or not _SOME_SPOILER.search(scene.rest, scene.clauses.start):
        return _NOTHING
    doubts = [(rule, found) for rule, spoils in _DOUBT if (found := spoils(scene))]
    elsewhere = [(rule, found) for rule, spoils in _PASSED_OVER if (found := spoils(scene))]
    return Spoilt(
        doubts[0][0] if doubts else None,
        elsewhere[0][0] if elsewhere else None,
        frozenset().union(*(found for _, found in (*doubts, *elsewhere))),
        frozenset().union(*(found for rule, found in elsewhere if rule is not Rule.WISH)),
    )
