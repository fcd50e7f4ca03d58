"""A call of a flow as text: what the caller did, what they heard, what was established.

The text is both script and golden record: lines that begin with `>` say what the caller does, all others
follow from the flow. Played again, a transcript must come out letter for letter.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.domain.errors import InvalidInput
from gateway.domain.flow.engine import resume, start
from gateway.domain.flow.facts import Finished, LanguageChosen, MessageLeft, Rated, ReasonGiven
from gateway.domain.flow.inputs import Key, NoInput, Recorded
from gateway.domain.flow.instructions import Gather, Hangup, Play, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.domain.flow.definition import Flow
    from gateway.domain.flow.engine import Step
    from gateway.domain.flow.facts import Fact
    from gateway.domain.flow.inputs import Input
    from gateway.domain.flow.instructions import Instruction, Prompt

HANG_UP: Final = "hangs up"
_SILENCE: Final = "silence"
_MESSAGE: Final = re.compile(r"speaks (\d{1,3})s")
_HEADER: Final = re.compile(r"([a-z][a-z0-9_]*): (.+)")
_RECORDING: Final = "recording"
"""Reference of every message: a transcript must not depend on a carrier's names."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a caller does in one call."""

    flow: str
    language: Language
    variables: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    hangs_up: bool = False
    """The caller ends the call after the last input."""
    notes: tuple[str, ...] = ()
    """Comment lines at the head."""


def spoken_message(seconds: int) -> Recorded:
    """A message of this length, as transcripts know it."""
    return Recorded(_RECORDING, timedelta(seconds=seconds))


def read_script(text: str) -> Script:
    """The script in a transcript.

    Raises:
        InvalidInput: a line of the head or of the caller cannot be read; the pointer names the line.

    """
    header: dict[str, str] = {}
    notes: list[str] = []
    done: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        found = _HEADER.fullmatch(line)
        if line.startswith("#"):
            notes.append(line)
        elif line.startswith("> "):
            done.append(_known_deed(line[2:], number, ended=HANG_UP in done))
        elif found and not done:
            header[found[1]] = found[2]
    for key in ("flow", "language"):
        if key not in header:
            raise InvalidInput(f"the head has no `{key}:`, add it", pointer="line 1")
    inputs = tuple(_input_of(deed) for deed in done if deed != HANG_UP)
    flow, language = header.pop("flow"), Language.best_match(header.pop("language"))
    return Script(flow, language, header, inputs, HANG_UP in done, tuple(notes))


def _known_deed(deed: str, number: int, *, ended: bool) -> str:
    if ended:
        raise InvalidInput("the caller has hung up before, delete this line", pointer=f"line {number}")
    try:
        if deed != HANG_UP:
            _input_of(deed)
    except InvalidInput:
        remedy = f"write a key, `{_SILENCE}`, `speaks 10s` or `{HANG_UP}`"
        raise InvalidInput(f"a caller cannot do {deed!r}, {remedy}", pointer=f"line {number}") from None
    return deed


def _input_of(deed: str) -> Input:
    message = _MESSAGE.fullmatch(deed)
    if message:
        return spoken_message(int(message[1]))
    return NoInput() if deed == _SILENCE else Key(deed)


def play(flow: Flow, script: Script) -> str:
    """The transcript of the script, played with the flow.

    The session goes through its written form at every step, as it does on a real call.

    Raises:
        InvalidInput: the script goes on after the flow has hung up.

    """
    lines = [*script.notes, f"flow: {script.flow}", f"language: {script.language.value}"]
    lines += [f"{name}: {value}" for name, value in script.variables.items()]
    step = start(flow, script.variables, script.language)
    lines += ["", *step_lines(step)]
    for number, given in enumerate(script.inputs, 1):
        session = waiting_session(step)
        if session is None:
            message = f"the flow has hung up before input {number}, delete the rest"
            raise InvalidInput(message, pointer=f"input {number}")
        written = json.dumps(session.to_mapping())
        step = resume(flow, Session.from_mapping(json.loads(written)), given)
        lines += ["", input_line(given), *step_lines(step)]
    if script.hangs_up:
        lines += ["", f"> {HANG_UP}"]
    return "\n".join(lines) + "\n"


def waiting_session(step: Step) -> Session | None:
    """The session the step waits with; None when it hung up."""
    last = step.instructions[-1]
    return last.session if isinstance(last, Gather | Record) else None


def input_line(given: Input) -> str:
    """What the caller did, as a line."""
    match given:
        case Key(digit):
            return f"> {digit}"
        case NoInput():
            return f"> {_SILENCE}"
        case Recorded(_, duration):
            return f"> speaks {duration.total_seconds():.0f}s"


def step_lines(step: Step) -> list[str]:
    """What a step established and what is heard in it, as lines."""
    lines = [f"= {_fact_line(fact)}" for fact in step.facts]
    for instruction in step.instructions:
        lines += _instruction_lines(instruction)
    return lines


def _instruction_lines(instruction: Instruction) -> Iterator[str]:
    match instruction:
        case Say() | Play():
            yield f"says  {_prompt_text(instruction)}"
        case Gather(prompts, timeout, session):
            yield from (f"asks  {_prompt_text(prompt)}" for prompt in prompts)
            yield f"waits {timeout.total_seconds():g}s for a key at {session.node}"
        case Record(prompts, max_length, _, _, session):
            yield from (f"asks  {_prompt_text(prompt)}" for prompt in prompts)
            yield f"records at most {max_length.total_seconds():g}s at {session.node}"
        case Hangup():
            yield "ends the call"


def _prompt_text(prompt: Prompt) -> str:
    if isinstance(prompt, Play):
        return f"[{prompt.audio}] {prompt.text}"
    return prompt.text


def _fact_line(fact: Fact) -> str:
    match fact:
        case Rated(node, subject, level, key):
            return f"rated {subject.value} {level.value} by key {key} at {node}"
        case ReasonGiven(node, subject, code, text_zh, text):
            words = text_zh if text == text_zh else f"{text_zh}, {text}"
            return f"reason for {subject.value}: {code} ({words}) at {node}"
        case MessageLeft(node, subject, _, duration):
            about = subject.value if subject else "nothing rated"
            return f"message about {about}, {duration.total_seconds():.0f}s at {node}"
        case LanguageChosen(language):
            return f"language {language.value} chosen"
        case Finished(ending):
            return f"finished: {ending.value}"
