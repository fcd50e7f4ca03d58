"""How a text travels in SMS segments: encoding, units and where it is cut (3GPP TS 23.038, TS 23.040).

A text whose characters all stand in the GSM 7-bit default alphabet or its extension table is sent in
septets, 160 in one message or 153 in each of several; any other in UCS-2, counted in UTF-16 code units,
70 or 67. What takes two units (an extension character, a surrogate pair) is never cut, so a long text may
need one segment more than its units divided by the limit: segments are counted by cutting.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

Encoding = Literal["gsm7", "ucs2"]

_GSM7_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
_SINGLE: Final[dict[Encoding, int]] = {"gsm7": 160, "ucs2": 70}
_PART: Final[dict[Encoding, int]] = {"gsm7": 153, "ucs2": 67}
_LAST_OF_BASIC_PLANE: Final = "\uffff"
_ELLIPSIS: Final = "…"


@dataclass(frozen=True, slots=True)
class SegmentCount:
    """What a text costs."""

    encoding: Encoding
    units: int
    """Septets (gsm7) or UTF-16 code units (ucs2)."""
    segments: int


def count_segments(text: str) -> SegmentCount:
    """Encoding, units and segments of `text`; an empty text is one empty message."""
    encoding = encoding_of(text)
    units = sum(_cost(character, encoding) for character in text)
    return SegmentCount(encoding, units, len(split_segments(text)))


def encoding_of(text: str) -> Encoding:
    """`gsm7` when the default alphabet and its extension table hold every character, else `ucs2`."""
    return "gsm7" if _GSM7_BASIC.union(_GSM7_EXTENSION).issuperset(text) else "ucs2"


def split_segments(text: str) -> tuple[str, ...]:
    """The parts that `text` travels in, in order; joined they are the text again."""
    encoding = encoding_of(text)
    if sum(_cost(character, encoding) for character in text) <= _SINGLE[encoding]:
        return (text,)
    parts: list[str] = []
    start = used = 0
    for position, character in enumerate(text):
        cost = _cost(character, encoding)
        if used + cost > _PART[encoding]:
            parts.append(text[start:position])
            start, used = position, 0
        used += cost
    return (*parts, text[start:])


def utf16_units(text: str) -> int:
    """Length of `text` in UTF-16 code units, the measure of UCS-2 messages."""
    return sum(_cost(character, "ucs2") for character in text)


def fit(text: str, units: int) -> str:
    """`text` in at most `units` UTF-16 code units: whole, or cut before a character, ended with an ellipsis.

    Empty when there is not even room for the ellipsis.
    """
    if utf16_units(text) <= units:
        return text
    room = units - utf16_units(_ELLIPSIS)
    if room < 0:
        return ""
    kept = sum(used <= room for used in accumulate(_cost(character, "ucs2") for character in text))
    return text[:kept].rstrip() + _ELLIPSIS


def _cost(character: str, encoding: Encoding) -> int:
    takes_two = character in _GSM7_EXTENSION if encoding == "gsm7" else character > _LAST_OF_BASIC_PLANE
    return 2 if takes_two else 1
