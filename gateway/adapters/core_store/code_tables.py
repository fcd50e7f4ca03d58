"""Code tables of a profile, checked so that no table can turn the best rating into the worst."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal, get_args

from gateway.domain.channels import Channel
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

Code = int | str
Best = Literal["lowest", "highest", "named"]
"""Which code means 非常满意; `named` = the codes are words. The two national tables run in opposite
directions, so a table has to say it and is held to it."""
Coded = Literal["level", "channel", "subject_kind"]

_MEMBERS: Final[Mapping[Coded, type[Enum]]] = {
    "level": Level,
    "channel": Channel,
    "subject_kind": SubjectKind,
}


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One code for each level, channel or kind of subject, keyed by the words of the native document."""

    of: Coded
    codes: Mapping[str, Code]

    def encode(self, word: str) -> Code:
        """The code of a word of the native document; raises KeyError for any other."""
        return self.codes[word]


class UnsafeCodes(ValueError):  # noqa: N818 - named for what it is
    """A code table that must not be used; says why and how to mend it. `word` is the entry to blame."""

    def __init__(self, message: str, word: str | None = None) -> None:
        super().__init__(message)
        self.word = word


def checked_table(of: Coded, codes: Mapping[str, Code], best: Best | None) -> CodeTable:
    """The table, once it is proved to be one to one and, for levels, to run as it says.

    Raises:
        UnsafeCodes: an entry is missing, unknown or double, or the direction is not the one declared.

    """
    words = [str(member.value) for member in _MEMBERS[of]]
    for word in codes:
        if word not in words:
            raise UnsafeCodes(f"{word!r} is no {of}; known are {', '.join(words)}", word)
    for word in words:
        if word not in codes:
            raise UnsafeCodes(f"{word} has no code; every {of} needs one")
    _check_distinct(of, codes)
    if of == "level":
        _check_direction([codes[level.value] for level in Level], best)
    elif best is not None:
        raise UnsafeCodes("`best` belongs to tables of levels only; remove it")
    return CodeTable(of, dict(codes))


def _check_distinct(of: Coded, codes: Mapping[str, Code]) -> None:
    owners: dict[str, str] = {}
    for word, code in codes.items():
        other = owners.setdefault(str(code), word)
        if other != word:
            raise UnsafeCodes(f"{other} and {word} share the code {code}; each {of} needs its own", word)


def _check_direction(from_best: list[Code], best: Best | None) -> None:
    """`from_best` are the codes of the levels, the best level first."""
    if best is None:
        raise UnsafeCodes(f"say which code is the best: best = one of {', '.join(get_args(Best))}")
    if best == "named":
        _check_names(from_best)
        return
    sortable = _sortable(from_best)
    expected = sorted(sortable, reverse=best == "highest")
    if sortable != expected:
        shown = ", ".join(str(code) for code in from_best)
        raise UnsafeCodes(
            f"from the best level to the worst the codes are {shown}, yet the {best} is said to be the best;"
            " a bad rating would arrive as a good one: mend the codes or `best`"
        )


def _sortable(codes: list[Code]) -> list[int] | list[str]:
    texts = [str(code) for code in codes]
    if all(text.isascii() and text.isdigit() for text in texts):
        return [int(text) for text in texts]
    return texts


def _check_names(from_best: list[Code]) -> None:
    for level, code in zip(Level, from_best, strict=True):
        if str(code).isdigit():
            raise UnsafeCodes(f"{code} is no word; numbers need best = lowest or highest", level.value)
        for other in Level:
            if other is not level and str(code) in {other.value, other.name_zh, other.name_en}:
                raise UnsafeCodes(
                    f"{level.value} would arrive as {code}, which is another level", level.value
                )
