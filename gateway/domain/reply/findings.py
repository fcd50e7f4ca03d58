"""What a message holds before it is judged: its head digit and its evidence."""

from __future__ import annotations

from typing import NamedTuple

from gateway.domain.reply.clauses import Clauses
from gateway.domain.reply.doubtful_phrases import find_doubtful, settle
from gateway.domain.reply.evidence import Evidence, Kind
from gateway.domain.reply.framing import Message
from gateway.domain.reply.head_digit import Head, find_head, lettered_digit
from gateway.domain.reply.level_phrases import find_phrases, has_strong_average, hide, mask
from gateway.domain.reply.reading import Rule
from gateway.domain.reply.scene import Scene
from gateway.domain.reply.units import find_units


class Findings(NamedTuple):
    """Everything in a message that may speak for a level."""

    message: Message
    opening: Head | None
    """An option digit that opens the message, even a doubtful one."""
    scene: Scene
    doubtful: list[Evidence]
    """Wordings beside the evidence that may state a level."""
    without_evidence: str
    """The text in which nothing but the evidence is masked."""

    @property
    def head(self) -> Head | None:
        """The head digit, when it states a level."""
        return None if self.opening and self.opening.doubtful else self.opening


def find(message: Message) -> Findings | Rule:
    """Find the evidence, or the rule by which the message holds none that could be trusted."""
    opening = find_head(message)
    start = message.start if opening is None or opening.doubtful else opening.end
    units = find_units(message.text, start, message.stop)
    if units is None:
        return Rule.UNKNOWN_UNIT
    hidden = hide(message.text)
    if has_strong_average(hidden):
        return Rule.STRONG_AVERAGE
    clauses = Clauses(message.text, start, message.stop)
    phrases = find_phrases(hidden, clauses)
    doubtful = find_doubtful(hidden, phrases, clauses)
    phrases = settle(hidden, phrases, doubtful)
    evidence = sorted((*units, *phrases), key=lambda each: each.start)
    without_evidence = mask(message.text, evidence)
    rest = without_evidence if hidden is message.text else mask(hidden, evidence)
    if opening and opening.doubtful:
        doubtful.append(Evidence(opening.start, opening.end, opening.digit, Kind.UNIT, doubtful=True))
    elif not opening and (lettered := lettered_digit(message, {phrase.start for phrase in phrases})):
        doubtful.append(Evidence(*lettered.span("digit"), int(lettered["digit"]), Kind.UNIT, doubtful=True))
    return Findings(message, opening, Scene(rest, clauses, evidence), doubtful, without_evidence)
