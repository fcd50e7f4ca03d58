"""The letter of a reminder (回复A1): which of several open invitations a reply answers."""

from __future__ import annotations

import re
from typing import Final

from gateway.domain.reply.framing import frame
from gateway.domain.reply.head_digit import LEAD
from gateway.domain.reply.normalise import normalise
from gateway.domain.reply.numerals import OPTION_NUMERALS
from gateway.domain.reply.phrase_words import LEVELS

_PHRASE: Final = "|".join(
    sorted((phrase for phrases in LEVELS.values() for phrase in phrases), key=len, reverse=True)
)
_NUMERALS: Final = "".join(OPTION_NUMERALS)
_OPTION: Final = rf"[(\[【「『“\"']?\s*(?:[1-5](?![0-9a-z])|[{_NUMERALS}](?!\w))|{_PHRASE}"
_LETTERED: Final = re.compile(
    rf"{LEAD}[(\[【「『“\"']?(?P<letter>[a-z])[\s:,.、=)\]】」』”\"'-]*(?={_OPTION})"
)
_LETTERED_DIGIT: Final = re.compile(r"(?<![a-z])(?P<letter>[a-z])\s?:?\s?[1-5](?![0-9a-z])")


def take_letter(text: str, letters: frozenset[str]) -> tuple[str | None, str]:
    """The letter a reply begins with and the text behind it, when an option follows the letter.

    Only the given letters count (upper case, as the reminder named them). Without one, or when the reply
    names several, it is (None, the text as it came).
    """
    normal = normalise(text)
    message = frame(normal.text)
    found = _LETTERED.match(message.text, message.start, message.stop)
    letter = found["letter"].upper() if found else ""
    if found is None or letter not in letters:
        return None, text
    others = {each["letter"].upper() for each in _LETTERED_DIGIT.finditer(message.text, found.end("letter"))}
    if (others & letters) - {letter}:
        return None, text
    return letter, normal.original[normal.origin(found.end()) :]
