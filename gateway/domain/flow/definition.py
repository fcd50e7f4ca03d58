"""What a voice flow is: questions, branches and words, as data that is proved before it is used."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from gateway.domain.flow.conditions import Condition
    from gateway.domain.flow.facts import FlowEnding
    from gateway.domain.flow.wording import Variable, Wording
    from gateway.domain.languages import Language
    from gateway.domain.levels import Level
    from gateway.domain.subjects import SubjectKind

REPEAT_KEYS: Final = frozenset("*#")
"""`*` is announced; `#` is what many press after a digit by habit, and must not cost them a scolding."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds every call of a flow."""

    call: timedelta
    """The longest call the flow may lead to; proved, not measured."""
    repeats: int
    """How often questions may be asked again in one call, all questions together."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question is put and how it waits for one key."""

    prompts: tuple[str, ...]
    """Names of prompts; keys count while they are said."""
    again: tuple[str, ...]
    """The same when the question is asked again: without what need not be heard twice."""
    wrong_key: tuple[str, ...]
    """Said before the question again after a key that means nothing here."""
    no_input: tuple[str, ...]
    """Said before the question again after silence."""
    timeout: timedelta
    tries: int
    """How often the question is asked in all, as far as the call's `repeats` allow."""
    on_wrong_key: str
    """Target when the last try ended with a wrong key."""
    on_no_input: str
    """Target when the last try ended in silence, or with a wish to hear it yet again."""
    languages: Mapping[str, Language] = field(default_factory=dict)
    """Keys that ask the question again in another language."""
    languages_when: Condition | None = None
    """Those keys only work when this holds; else they are wrong keys. None = always."""


def _fingerprint(meaning: str) -> str:
    return f"{zlib.crc32(meaning.encode()):08x}"


@dataclass(frozen=True, slots=True)
class SayNode:
    """Say something that no key interrupts; a second press of the last key is lost here, not misread."""

    name: str
    prompts: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True)
class RateNode:
    """Ask for the level of a subject."""

    name: str
    subject: SubjectKind
    levels: Mapping[str, Level]
    asking: Asking
    next: str
    meaning: str = field(init=False, repr=False, compare=False)
    """Fingerprint of what an answer means, apart from the words that ask for it.

    A deploy during a call may change a question; an answer counts only while it means what the caller heard.
    """

    def __post_init__(self) -> None:
        levels = sorted((key, level.value) for key, level in self.levels.items())
        object.__setattr__(self, "meaning", _fingerprint(f"rate {self.subject.value} {levels}"))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a rating was bad."""

    code: str
    """Stable name for figures; never changes once used."""
    texts: Mapping[Language, str]


@dataclass(frozen=True, slots=True)
class Option:
    """What a key of a menu does."""

    target: str
    reason: Reason | None = None
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class MenuNode:
    """Offer options by one key: reasons, languages, ways to go on."""

    name: str
    options: Mapping[str, Option]
    asking: Asking
    meaning: str = field(init=False, repr=False, compare=False)
    """As of `RateNode`."""

    def __post_init__(self) -> None:
        options = sorted(
            (key, option.reason.code if option.reason else option.target)
            for key, option in self.options.items()
        )
        object.__setattr__(self, "meaning", _fingerprint(f"menu {options}"))


@dataclass(frozen=True, slots=True)
class RecordNode:
    """Record a spoken message."""

    name: str
    prompts: tuple[str, ...]
    max_length: timedelta
    silence: timedelta
    finish_key: str
    next: str
    """Target after a message."""
    on_no_input: str
    """Target when nothing was said."""
    meaning: ClassVar[str] = _fingerprint("RecordNode")
    """As of `RateNode`; a message is a message."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way out of a branch."""

    when: Condition
    target: str


@dataclass(frozen=True, slots=True)
class BranchNode:
    """Go on by what is known; the first case that holds decides."""

    name: str
    cases: tuple[Case, ...]
    otherwise: str


@dataclass(frozen=True, slots=True)
class HangupNode:
    """Say good-bye and hang up."""

    name: str
    prompts: tuple[str, ...]
    ending: FlowEnding


Node: TypeAlias = SayNode | RateNode | MenuNode | RecordNode | BranchNode | HangupNode
Question: TypeAlias = RateNode | MenuNode


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole flow; only one that `validation.prove` finds nothing against may meet a caller."""

    name: str
    version: str
    """Short hash of the content."""
    languages: tuple[Language, ...]
    """Every prompt is given in each; the first is spoken where a call's own is not among them."""
    start: str
    farewell: str
    """Where a call goes on whose question no longer exists after a deploy; thanks and hangs up."""
    limits: Limits
    variables: Mapping[str, Variable]
    wordings: Mapping[str, Wording]
    nodes: Mapping[str, Node]
