"""Rule 1: one spelling for everything the rules compare.

Each character is folded by itself (NFKC, case, traditional to simplified; invisible marks vanish), so that
every folded position can be led back to the character it came from and a comment is cut from the original.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from gateway.domain.reply.traditional import SIMPLIFIED

MARK: Final = "\u02bc"
"""Stands for what must not be matched but holds its neighbours together: a letter that is in no word."""

CHINESE: Final = "\u3400-\u4dbf\u4e00-\u9fff\u3007\U00020000-\U0003ffff"
"""Chinese characters, for use inside a regular expression's brackets."""

_INVISIBLE: Final = frozenset(
    "\u20e3\u115f\u1160\u3164\uffa0\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
)
_DASHES: Final = dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
_DINGBAT_DIGITS: Final = {
    chr(first + offset): str(offset + 1) for first in (0x2776, 0x2780, 0x278A, 0x24F5) for offset in range(10)
}
_UNIHAN: Final = range(0x4E00, 0xA000)
_LAST_KEPT: Final = 0x1FFFF
_SPACED_CHARACTERS: Final = re.compile(rf"[\W_]*+(?:[{CHINESE}]\s++)+[{CHINESE}][\W_]*+")
_SPACE_INSIDE: Final = re.compile(rf"(?<=[{CHINESE}])\s+(?=[{CHINESE}])")


def _drop_or_keep(character: str) -> str:
    if (
        character in _INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    ):
        return ""
    category = unicodedata.category(character)
    if category == "Cf" or "\u180b" <= character <= "\u180f":
        return ""
    return MARK if category[0] == "M" else character


def _fold_once(character: str) -> str:
    simple = _DINGBAT_DIGITS.get(character) or _DASHES.get(character)
    if simple:
        return simple
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    return "".join(_drop_or_keep(part) for part in folded).translate(SIMPLIFIED)


def _fold(character: str) -> str:
    if not _drop_or_keep(character):
        return ""
    folded = _fold_once(character)
    while folded != character and (again := "".join(map(_fold_once, folded))) != folded:
        folded = again
    return folded


class _Folding(dict[int, str]):
    """A table for `str.translate`: traditional characters ready, all others folded when first met.

    What is kept is bounded by the planes of living scripts and emoji, without the Chinese characters.
    """

    def __missing__(self, code_point: int) -> int | str:
        if code_point in _UNIHAN:
            return code_point
        folded = _fold(chr(code_point))
        if code_point <= _LAST_KEPT:
            self[code_point] = folded
        return folded


_FOLDING: Final = _Folding(SIMPLIFIED)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text in the one spelling, and the way back to what was written."""

    original: str
    text: str
    _kept: tuple[int, ...] | None = None

    def origin(self, position: int) -> int:
        """Where in the original stands what was written for a position of `text`; its length for the end.

        A position inside what one character stands for (`⑴` is `(1)`) counts as behind that character.
        """
        if position >= len(self.text):
            return len(self.original)
        target = position
        if self._kept is not None:
            target = self._kept[position]
        ready = self.original[:target]
        if len(fold(ready)) == target and fold(self.original[target : target + 1]):
            return target
        folded = 0
        for index, character in enumerate(self.original):
            width = len(fold(character))
            if width and folded >= target:
                return index
            folded += width
        return len(self.original)


def fold(text: str) -> str:
    """Each character's folded form: nothing, itself, or what it stands for (`⑴` → `(1)`)."""
    return text.translate(_FOLDING)


def normalise(text: str) -> Normalised:
    """The text in the one spelling; a message of nothing but single Chinese characters is joined."""
    folded = fold(text)
    if _SPACED_CHARACTERS.fullmatch(folded):
        gaps = {
            position for gap in _SPACE_INSIDE.finditer(folded) for position in range(gap.start(), gap.end())
        }
        kept = tuple(position for position in range(len(folded)) if position not in gaps)
        return Normalised(text, "".join(folded[position] for position in kept), kept)
    return Normalised(text, folded)
