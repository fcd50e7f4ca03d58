"""What a step established; the use case records it, the engine only says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from datetime import timedelta

    from gateway.domain.languages import Language
    from gateway.domain.levels import Level
    from gateway.domain.subjects import SubjectKind


class FlowEnding(Enum):
    """Why a flow hung up."""

    COMPLETED = "completed"
    NO_INPUT = "no_input"
    WRONG_KEYS = "wrong_keys"


@dataclass(frozen=True, slots=True)
class Rated:
    """A subject was rated by a key. There is no other way to this fact (R-16)."""

    node: str
    subject: SubjectKind
    level: Level
    key: str


@dataclass(frozen=True, slots=True)
class ReasonGiven:
    """A reason was chosen by a key."""

    node: str
    subject: SubjectKind
    """The subject last rated badly; where both were, the reason stands for both."""
    code: str
    """Stable name for figures."""
    text_zh: str
    text: str
    """The reason in the language of the call."""


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """A spoken message was left."""

    node: str
    subject: SubjectKind | None
    """As in `ReasonGiven`; None when nothing had been rated."""
    reference: str
    duration: timedelta


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """The caller chose another language."""

    language: Language


@dataclass(frozen=True, slots=True)
class Finished:
    """The flow came to its end and hangs up."""

    ending: FlowEnding


Fact: TypeAlias = Rated | ReasonGiven | MessageLeft | LanguageChosen | Finished
