"""A call's position between two steps; small, because it rides in the signed URL the carrier calls next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeVar

from gateway.domain.errors import InvalidInput
from gateway.domain.languages import Language
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T")
_SUBJECT_LETTERS: Final = {SubjectKind.ITEM: "i", SubjectKind.STAFF: "s"}
_SUBJECTS: Final = {letter: subject for subject, letter in _SUBJECT_LETTERS.items()}


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the engine needs to go on; a pure value, good on any machine."""

    flow: str
    version: str
    """Of the flow that asked; see `meaning` for what a deploy during the call does."""
    node: str
    """The question that waits for an answer."""
    attempt: int
    """How often this question has been asked, 1 the first time."""
    language: Language
    variables: tuple[tuple[str, str], ...] = ()
    ratings: tuple[tuple[SubjectKind, Level], ...] = ()
    """What was rated in this call, in order."""
    repeats: int = 0
    """How often any question of this call was asked again; bounds the length of the call."""
    meaning: str = ""
    """Fingerprint of what the keys meant when the question was asked (`RateNode.meaning`)."""

    def variable(self, name: str) -> str | None:
        """The variable's value in this call; None when the call has none."""
        return next((value for known, value in self.variables if known == name), None)

    @property
    def subject(self) -> SubjectKind | None:
        """What a reason or message speaks of: the subject last rated badly, else the one last rated."""
        bad = [subject for subject, level in self.ratings if level.is_bad]
        rated = bad or [subject for subject, _ in self.ratings]
        return rated[-1] if rated else None

    def rated(self, subject: SubjectKind, level: Level) -> Session:
        """The session with one more rating."""
        return replace(self, ratings=(*self.ratings, (subject, level)))

    def to_mapping(self) -> dict[str, object]:
        """The session with the shortest of keys; what is empty is left out."""
        mapping: dict[str, object] = {
            "f": self.flow,
            "v": self.version,
            "n": self.node,
            "a": self.attempt,
            "l": self.language.value,
            "x": dict(self.variables),
            "g": "".join(f"{_SUBJECT_LETTERS[subject]}{level.digit}" for subject, level in self.ratings),
            "r": self.repeats,
            "m": self.meaning,
        }
        return {key: value for key, value in mapping.items() if value not in ("", 0, {})}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, object]) -> Session:
        """The session that `to_mapping` wrote.

        Raises:
            InvalidInput: a part is missing or malformed; the pointer names it.

        """
        unknown = sorted(set(mapping) - set("fvnalxgrm"))
        if unknown:
            raise InvalidInput("unknown part of a session: leave it out", pointer=f"/{unknown[0]}")
        return cls(
            flow=_part(mapping, "f", str),
            version=_part(mapping, "v", str),
            node=_part(mapping, "n", str),
            attempt=_count(mapping, "a", least=1),
            language=_language(_part(mapping, "l", str)),
            variables=_variables(mapping),
            ratings=_ratings(_part(mapping, "g", str, "")),
            repeats=_count(mapping, "r", least=0),
            meaning=_part(mapping, "m", str, ""),
        )


def _part(mapping: Mapping[str, object], key: str, kind: type[_T], default: _T | None = None) -> _T:
    value = mapping.get(key, default)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InvalidInput(f"must be a {kind.__name__}", pointer=f"/{key}")
    return value


def _count(mapping: Mapping[str, object], key: str, *, least: int) -> int:
    value = _part(mapping, key, int, 0)
    if value < least:
        raise InvalidInput(f"must be at least {least}", pointer=f"/{key}")
    return value


def _language(tag: str) -> Language:
    try:
        return Language(tag)
    except ValueError:
        raise InvalidInput("must be the tag of a language that is spoken here", pointer="/l") from None


def _variables(mapping: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    given: dict[object, object] = _part(mapping, "x", dict, {})
    variables = [
        (name, value) for name, value in given.items() if isinstance(name, str) and isinstance(value, str)
    ]
    if len(variables) != len(given):
        raise InvalidInput("must be an object of texts", pointer="/x")
    return tuple(variables)


def _ratings(text: str) -> tuple[tuple[SubjectKind, Level], ...]:
    letters, digits = text[::2], text[1::2]
    try:
        pairs = zip(letters, digits, strict=True)
        return tuple((_SUBJECTS[letter], Level.from_digit(int(digit))) for letter, digit in pairs)
    except (KeyError, ValueError):
        raise InvalidInput("must be pairs of subject and digit, such as i4s1", pointer="/g") from None
