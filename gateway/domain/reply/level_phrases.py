"""Rule 6: phrases that mean a level, longest first, leftmost on a tie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.evidence import Evidence, Kind
from gateway.domain.reply.normalise import MARK
from gateway.domain.reply.phrase_words import (
    BEHIND,
    ENGLISH,
    HIDDEN,
    LEVELS,
    NO_PART_OF_A_PHRASE,
    PINYIN,
    STANDING_ALONE,
    STRONG,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.reply.clauses import Clauses

_WORST: Final = 5
_LEVEL_OF: Final = {phrase: level for level, phrases in LEVELS.items() for phrase in phrases}
_LENGTHS: Final = {
    first: sorted({len(phrase) for phrase in _LEVEL_OF if phrase[0] == first})
    for first in {phrase[0] for phrase in _LEVEL_OF}
}
_FIRSTS: Final = re.compile(f"[{''.join(sorted(_LENGTHS))}]")
_LATIN: Final = {
    **{phrase: level for level, phrases in ENGLISH.items() for phrase in phrases},
    **{phrase.replace(" ", ""): level for level, phrases in PINYIN.items() for phrase in phrases},
}


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_LATIN_PHRASE: Final = re.compile(
    r"(?<![a-z0-9'’_-])(?:(?P<english>"
    + _alternatives(phrase.replace(" ", " +") for phrases in ENGLISH.values() for phrase in phrases)
    + ")|(?P<pinyin>"
    + _alternatives(phrase.replace(" ", " ?") for phrases in PINYIN.values() for phrase in phrases)
    + r"))(?![a-z0-9])"
)
_SPACES: Final = re.compile(" +")
_HIDDEN: Final = re.compile(_alternatives(HIDDEN))
_NO_PART: Final = re.compile(_alternatives(NO_PART_OF_A_PHRASE))
_STRONG_AVERAGE: Final = re.compile(rf"(?:{_alternatives(STRONG)})[的地是]?一般")
_STANDING_ALONE: Final = re.compile("|".join(STANDING_ALONE))


def hide(text: str) -> str:
    """The text with everything masked that only looks like a level phrase."""
    return _HIDDEN.sub(_masked, text) if _HIDDEN.search(text) else text


def mask(text: str, evidence: Iterable[Evidence]) -> str:
    """The text with the evidence masked, positions unchanged."""
    pieces, done = [], 0
    for found in sorted(evidence, key=lambda each: each.start):
        if found.end <= done:
            continue
        start = max(found.start, done)
        pieces += [text[done:start], MARK * (found.end - start)]
        done = found.end
    return "".join((*pieces, text[done:]))


def has_strong_average(hidden: str) -> bool:
    """Whether a strong degree stands before 一般: neither average nor anything else for certain."""
    return "一般" in hidden and _STRONG_AVERAGE.search(hidden) is not None


def find_phrases(hidden: str, clauses: Clauses) -> list[Evidence]:
    """The level phrases of a text already hidden, in order of position."""
    text = _NO_PART.sub(_masked, hidden)
    candidates = _candidates(text, clauses.start, clauses.stop)
    if not candidates and not _STANDING_ALONE.search(text):
        return []
    taken = bytearray(len(text))
    chosen: list[Evidence] = []
    for length, start, level in sorted(candidates, key=lambda each: (-each[0], each[1])):
        if taken.find(1, start, start + length) < 0:
            taken[start : start + length] = b"\x01" * length
            chosen.append(Evidence(start, start + length, level, Kind.PHRASE))
    chosen += _standing_alone(text, clauses, taken)
    return sorted(chosen)


def _candidates(text: str, start: int, stop: int) -> list[tuple[int, int, int]]:
    """Every phrase at every position as (length, position, level)."""
    found = []
    for at in _FIRSTS.finditer(text, start, stop):
        position = at.start()
        for length in _LENGTHS[at[0]]:
            level = _LEVEL_OF.get(text[position : position + length])
            if level and position + length <= stop:
                found.append((length, position, level))
    for latin in _LATIN_PHRASE.finditer(text, start, stop):
        phrase = latin[0].replace(" ", "") if latin["pinyin"] else _SPACES.sub(" ", latin[0])
        found.append((len(latin[0]), latin.start(), _LATIN[phrase]))
    return found


def _standing_alone(text: str, clauses: Clauses, taken: bytearray) -> list[Evidence]:
    return [
        Evidence(*found.span(), _WORST, Kind.PHRASE)
        for found in _STANDING_ALONE.finditer(text, clauses.start, clauses.stop)
        if not taken[found.start()]
        and (text.endswith(BEHIND, clauses.start, found.start()) or clauses.at(found.start()) == found.span())
    ]


def _masked(found: re.Match[str]) -> str:
    return MARK * len(found[0])
