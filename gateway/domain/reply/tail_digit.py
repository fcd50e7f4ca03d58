"""Rule 4, the tail: a bare option digit behind a level phrase or as the last clause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.domain.reply.evidence import Evidence, Kind
from gateway.domain.reply.head_digit import LEAD
from gateway.domain.reply.numerals import OPTION_NUMERALS

if TYPE_CHECKING:
    from gateway.domain.reply.framing import Message
    from gateway.domain.reply.scene import Scene

_BARE_DIGIT: Final = re.compile(r"\s*(?P<digit>[1-5])(?=[\W_]|\Z)(?!\s*[⭐★%])")
_LAST_CLAUSE: Final = re.compile(
    rf"(?<!\w)(?P<lead>{LEAD})(?P<digit>[1-5{''.join(OPTION_NUMERALS)}])[吧了]?[\W_]*\Z"
)
_NUMBER_BEFORE: Final = re.compile(r"(?<!\w)[0-9]+[\W_]+\Z")
_LONGEST_CLAUSE: Final = 40


class Tail(NamedTuple):
    """What the digits at the end of a message say."""

    digit: int | None
    contradictory: bool = False
    doubtful: tuple[Evidence, ...] = ()
    """A digit that may be meant as one: it must agree."""


def find_tail(message: Message, scene: Scene) -> Tail:
    """The digit that counts as a head digit because it stands beside a level phrase."""
    text, stop = message.text, message.stop
    phrases = [found for found in scene.evidence if found.kind is Kind.PHRASE]
    behind = [found for each in phrases if (found := _BARE_DIGIT.match(text, each.end, stop))]
    digits = {int(found["digit"]) for found in behind if found.start() == found.start("digit")}
    last = _LAST_CLAUSE.search(text, max(message.start, message.end - _LONGEST_CLAUSE), message.end)
    doubtful: tuple[Evidence, ...] = ()
    if last:
        digit = OPTION_NUMERALS.get(last["digit"]) or int(last["digit"])
        plain = last["digit"].isascii() and not last["lead"] and text[last.end() - 1 : last.end()].isdecimal()
        if plain and phrases:
            digits.add(digit)
        else:
            doubtful = (Evidence(*last.span("digit"), digit, Kind.UNIT, doubtful=True),)
        if _NUMBER_BEFORE.search(text, max(message.start, last.start() - _LONGEST_CLAUSE), last.start()):
            return Tail(None, contradictory=True)
    if len(digits) > 1:
        return Tail(None, contradictory=True)
    return Tail(next(iter(digits), None), doubtful=doubtful)
