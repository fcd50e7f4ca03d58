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

_MAY_CLOSE: Final = frozenset("12345吧了").union(OPTION_NUMERALS)
_BARE_DIGIT: Final = re.compile(r"(?P<digit>[1-5])(?=[\W_]|\Z)(?!\s*[⭐★%])")
_LAST_CLAUSE: Final = re.compile(
    rf"(?<!\w)(?P<lead>{LEAD})(?P<digit>[1-5{''.join(OPTION_NUMERALS)}])[吧了]?\Z"
)
_NUMBER_BEFORE: Final = re.compile(r"(?<!\w)[0-9]+[\W_]+\Z")
_LONGEST_CLAUSE: Final = 40


class Closing(NamedTuple):
    """An option digit that is all of the last clause, but for leading words."""

    digit: int
    start: int
    end: int
    bare: bool
    """True when it is nothing but the digit."""


class Tail(NamedTuple):
    """What the digits at the end of a message say."""

    digit: int | None
    contradictory: bool = False
    doubtful: tuple[Evidence, ...] = ()
    """A digit that may be meant as one: it must agree."""


def closing_digit(rest: str, start: int, end: int) -> Closing | None:
    """The option digit that makes up the last clause between two positions."""
    if rest[end - 1 : end] not in _MAY_CLOSE:
        return None
    found = _LAST_CLAUSE.search(rest, max(start, end - _LONGEST_CLAUSE), end)
    if found is None:
        return None
    digit = OPTION_NUMERALS.get(found["digit"]) or int(found["digit"])
    bare = found["digit"].isascii() and found[0] == found["digit"]
    return Closing(digit, *found.span("digit"), bare)


def find_tail(message: Message, scene: Scene) -> Tail:
    """The digit that counts as a head digit because it stands beside a level phrase."""
    text, rest, stop = message.text, scene.rest, message.stop
    phrases = [found for found in scene.evidence if found.kind is Kind.PHRASE]
    digits = {int(found["digit"]) for each in phrases if (found := _BARE_DIGIT.match(text, each.end, stop))}
    closing = closing_digit(rest, message.start, message.end)
    doubtful: tuple[Evidence, ...] = ()
    if closing:
        if closing.bare and phrases:
            digits.add(closing.digit)
        else:
            doubtful = (Evidence(closing.start, closing.end, closing.digit, Kind.UNIT, doubtful=True),)
        if _NUMBER_BEFORE.search(rest, max(message.start, closing.start - _LONGEST_CLAUSE), closing.start):
            return Tail(None, contradictory=True)
    if len(digits) > 1:
        return Tail(None, contradictory=True)
    return Tail(next(iter(digits), None), doubtful=doubtful)
