"""Every call a flow can lead to, walked by the engine itself.

Callers can press any key at any time, so the calls are endless in number but not in kind: two calls at the
same question, with the same tries left and the same ratings as far as conditions can tell, go on alike. The
exploration walks each kind once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.domain.flow.engine import resume, start
from gateway.domain.flow.inputs import KEYS, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Gather, Record
from gateway.domain.flow.lengths import step_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.flow.definition import Flow
    from gateway.domain.flow.engine import Step
    from gateway.domain.flow.inputs import Input
    from gateway.domain.flow.instructions import Instruction
    from gateway.domain.flow.session import Session

MAX_TRANSITIONS: Final = 60_000
"""Answers tried; the delivered flow has some ten thousand. More cannot be proved in bearable time."""
INPUTS: Final[tuple[Input, ...]] = (*map(Key, KEYS), NoInput(), Recorded("any", timedelta(seconds=1)))
WIDE: Final = "汉"
"""Stands for any letter of a free text: a syllable each is the longest a text can take to say."""

Kind: TypeAlias = tuple[object, ...]
Instructions: TypeAlias = "tuple[Instruction, ...]"


@dataclass(frozen=True, slots=True)
class Transition:
    """One answer to one question, and what the engine made of it."""

    question: int | None
    """Number of the question in `Exploration.questions`; None at the start of the call."""
    given: Input | None
    """The answer; None at the start of the call."""
    step: Step
    length: timedelta
    """The longest the step can take."""
    following: int | None
    """Number of the question that comes next; None when the call has ended."""


@dataclass(slots=True)
class Exploration:
    """All that can happen in a flow's calls."""

    transitions: list[Transition] = field(default_factory=list)
    questions: list[Session] = field(default_factory=list)
    """One call of each kind, waiting for its caller."""
    complete: bool = True
    """False when there were more than MAX_TRANSITIONS."""


def explore(flow: Flow) -> Exploration:
    """Walk every kind of call; the flow's targets, prompts and languages must be whole."""
    found = Exploration()
    numbers: dict[Kind, int] = {}
    recordings = recording_lengths(flow)
    walked = -1
    steps = _starts(flow)
    while True:
        for question, given, step in steps:
            following = _number(found, numbers, step.instructions)
            length = step_length(step.instructions, recordings)
            found.transitions.append(Transition(question, given, step, length, following))
            if len(found.transitions) > MAX_TRANSITIONS:
                found.complete = False
                return found
        walked += 1
        if walked == len(found.questions):
            return found
        steps = _answers(flow, walked, found.questions[walked])


def recording_lengths(flow: Flow) -> dict[str, timedelta]:
    """The declared length of each recording."""
    speeches = (speech for wording in flow.wordings.values() for speech in wording.speeches.values())
    return {speech.audio: speech.length for speech in speeches if speech.audio and speech.length}


def _number(found: Exploration, numbers: dict[Kind, int], instructions: Instructions) -> int | None:
    """The number of the question that the instructions end with; a question of a new kind gets the next."""
    last = instructions[-1]
    if not isinstance(last, Gather | Record):
        return None
    number = numbers.setdefault(_kind_of(last.session), len(numbers))
    if number == len(found.questions):
        found.questions.append(last.session)
    return number


def _kind_of(session: Session) -> Kind:
    """What two calls have in common that go on alike: conditions see only whether a rating was bad.

    Values of enumerations stand for their members, whose hash Python computes anew each time.
    """
    ratings = tuple([(subject.value, level.is_bad) for subject, level in session.ratings])
    position = (session.node, session.attempt, session.repeats, session.language.value)
    return (*position, session.variables, ratings)


Answered: TypeAlias = "tuple[int | None, Input | None, Step]"


def _starts(flow: Flow) -> Iterator[Answered]:
    names = list(flow.variables)
    choices = [variable.values or (WIDE * variable.max_length,) for variable in flow.variables.values()]
    for language in flow.languages:
        for values in product(*choices):
            yield None, None, start(flow, dict(zip(names, values, strict=True)), language)


def _answers(flow: Flow, number: int, session: Session) -> Iterator[Answered]:
    for given in INPUTS:
        yield number, given, resume(flow, session, given)
