"""Rule 7: evidence that does not count, one module per way of spoiling it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.domain.reply.reading import Rule
from gateway.domain.reply.spoilt.condition import conditional
from gateway.domain.reply.spoilt.contrast import contrasted
from gateway.domain.reply.spoilt.elsewhere import hearsay, of_another_time, wished
from gateway.domain.reply.spoilt.negation import negated
from gateway.domain.reply.spoilt.sarcasm import sarcastic

if TYPE_CHECKING:
    from gateway.domain.reply.evidence import Evidence
    from gateway.domain.reply.scene import Scene

_DOUBT: Final = (
    (Rule.SARCASM, sarcastic),
    (Rule.CONDITION, conditional),
    (Rule.NEGATION, negated),
    (Rule.CONTRAST, contrasted),
)
_ELSEWHERE: Final = (
    (Rule.ANOTHER_TIME, of_another_time),
    (Rule.HEARSAY, hearsay),
    (Rule.WISH, wished),
)


class Spoilt(NamedTuple):
    """The evidence that does not count."""

    doubt: Rule | None
    """Why the message is unclear unless a head digit states the level."""
    elsewhere: Rule | None
    """Why evidence was passed over that speaks of a wish, another time, or for somebody else."""
    all: frozenset[Evidence]
    contradicting: frozenset[Evidence]
    """What was said of another time or by others: a head digit must not lie on its other side."""


_NOTHING: Final = Spoilt(None, None, frozenset(), frozenset())


def find_spoilt(scene: Scene) -> Spoilt:
    """Everything that spoils the evidence of a message."""
    if not scene.evidence:
        return _NOTHING
    doubts = [(rule, found) for rule, spoils in _DOUBT if (found := spoils(scene))]
    elsewhere = [(rule, found) for rule, spoils in _ELSEWHERE if (found := spoils(scene))]
    return Spoilt(
        doubts[0][0] if doubts else None,
        elsewhere[0][0] if elsewhere else None,
        frozenset().union(*(found for _, found in (*doubts, *elsewhere))),
        frozenset().union(*(found for rule, found in elsewhere if rule is not Rule.WISH)),
    )
