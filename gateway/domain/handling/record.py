"""The form in which a step is kept: plain facts, and words that can be erased after their time (R-18)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, get_args

from gateway.domain.handling.acts import Act, ActKind, UnknownAct, Verdict, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.domain.handling.history import FollowUpStep

WORDS: Final = frozenset({"words", "reasons", "why", "answer"})
"""The fields in which people write about people."""
_TYPES: Final = {act.kind: act for act in get_args(Act)}
_READERS: Final[Mapping[str, Callable[[Any], object]]] = {
    "called_at": datetime.fromisoformat,
    "due_by": datetime.fromisoformat,
    "verdict": Verdict,
    "way": Way,
}
ERASED: Final = "（已按保存期限删除）"
"""Stands for words whose time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStep:
    """A step with what chains it to the one before."""

    step: FollowUpStep
    salt: bytes
    words_digest: str
    digest: str
    erased: bool = False
    """Whether its words are gone; their digest stays."""


def name_of(act: Act) -> str:
    """What the record calls its kind."""
    return act.name if isinstance(act, UnknownAct) else act.kind.value


def facts_of(act: Act) -> dict[str, object]:
    """What an act says beside its words, as JSON takes it."""
    if isinstance(act, UnknownAct):
        return dict(act.facts)
    return {field.name: _plain(getattr(act, field.name)) for field in fields(act) if field.name not in WORDS}


def words_of(act: Act) -> dict[str, str]:
    """What people wrote in it."""
    if isinstance(act, UnknownAct):
        return dict(act.texts or {})
    return {field.name: getattr(act, field.name) for field in fields(act) if field.name in WORDS}


def act_of(kind: ActKind | str, facts: Mapping[str, object], words: Mapping[str, str] | None) -> Act:
    """The act of a record; None for words that were erased, a plain name for a kind of a newer release.

    Raises:
        LookupError: the record does not hold what such an act says.

    """
    if isinstance(kind, str) or kind is ActKind.UNKNOWN:
        name = kind if isinstance(kind, str) else kind.value
        return UnknownAct(name, facts, words)
    known = _TYPES[kind]
    values: dict[str, Any] = {}
    for field in fields(known):
        try:
            if field.name in WORDS:
                values[field.name] = ERASED if words is None else words[field.name]
            else:
                read = _READERS.get(field.name)
                values[field.name] = read(facts[field.name]) if read else facts[field.name]
        except (KeyError, ValueError, TypeError):
            raise LookupError(f"{kind.value} has no usable {field.name}") from None
    act: Act = known(**values)
    return act


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
