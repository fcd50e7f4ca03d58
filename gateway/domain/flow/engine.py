"""Walks a flow: flow, session and input in, instructions and facts out.

Pure, so that a retried request is answered alike, on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from gateway.domain.flow.definition import (
    REPEAT_KEYS,
    BranchNode,
    HangupNode,
    MenuNode,
    RateNode,
    RecordNode,
    SayNode,
)
from gateway.domain.flow.facts import Finished, FlowEnding, LanguageChosen, MessageLeft, Rated, ReasonGiven
from gateway.domain.flow.inputs import Key, Recorded
from gateway.domain.flow.instructions import Gather, Hangup, Play, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.languages import Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.domain.flow.definition import Asking, Flow, Option, Question
    from gateway.domain.flow.facts import Fact
    from gateway.domain.flow.inputs import Input
    from gateway.domain.flow.instructions import Instruction, Prompt

MAX_NODES: Final = 100
"""Nodes walked between two waits. A proved flow stays far below; a loop that was never proved ends here."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do now, and what is now known."""

    instructions: tuple[Instruction, ...]
    facts: tuple[Fact, ...]


def start(flow: Flow, variables: Mapping[str, str], language: Language) -> Step:
    """The first step of a call.

    Variables the flow does not declare are left aside; one it declares and does not get, or gets with a value
    it does not know, has its default. A language the flow does not speak becomes its first.
    """
    known = tuple((name, variable.accepted(variables.get(name))) for name, variable in flow.variables.items())
    session = Session(flow.name, flow.version, flow.start, 1, language, known)
    return _walk(flow, _in_spoken_language(flow, session), flow.start)


def resume(flow: Flow, session: Session, given: Input) -> Step:
    """The step after an answer, or after silence.

    An input that does not fit the question (a recording where a key was asked for) counts as silence. Where
    a deploy took the question away, or its keys now mean something else than when they were announced,
    nothing is read into the answer: the caller is thanked. A recording without length holds no message.
    """
    node = flow.nodes.get(session.node)
    if (
        not isinstance(node, RateNode | MenuNode | RecordNode)
        or session.flow != flow.name
        or session.meaning != node.meaning
    ):
        return _walk(flow, _in_spoken_language(flow, session), flow.farewell)
    session = _in_spoken_language(flow, session)
    match node, given:
        case RateNode(), Key(digit) if digit in node.levels:
            return _rate(flow, session, node, digit)
        case MenuNode(), Key(digit) if digit in node.options:
            return _choose(flow, session, node, node.options[digit])
        case ((RateNode() | MenuNode()), Key(digit)):
            return _stray_key(flow, session, node, digit)
        case ((RateNode() | MenuNode()), _):
            return _ask_again(flow, session, node, node.asking.no_input, node.asking.on_no_input)
        case RecordNode(), Recorded(reference, duration) if duration:
            left = MessageLeft(node.name, session.subject, reference, duration)
            return _walk(flow, session, node.next, (left,))
        case RecordNode(), _:
            return _walk(flow, session, node.on_no_input)
        case _:
            return _walk(flow, session, flow.farewell)


def _in_spoken_language(flow: Flow, session: Session) -> Session:
    return session if session.language in flow.languages else replace(session, language=flow.languages[0])


def _rate(flow: Flow, session: Session, node: RateNode, key: str) -> Step:
    level = node.levels[key]
    rated = Rated(node.name, node.subject, level, key)
    return _walk(flow, session.rated(node.subject, level), node.next, (rated,))


def _choose(flow: Flow, session: Session, node: MenuNode, option: Option) -> Step:
    facts: list[Fact] = []
    if option.language:
        facts.append(LanguageChosen(option.language))
        session = replace(session, language=option.language)
    if option.reason and session.subject:
        texts = option.reason.texts
        text_zh = texts.get(Language.CHINESE, "")
        text = texts.get(session.language, text_zh)
        facts.append(ReasonGiven(node.name, session.subject, option.reason.code, text_zh, text))
    return _walk(flow, session, option.target, facts)


def _stray_key(flow: Flow, session: Session, node: Question, key: str) -> Step:
    asking = node.asking
    if key in asking.languages and (asking.languages_when is None or asking.languages_when.holds(session)):
        language = asking.languages[key]
        facts = (LanguageChosen(language),)
        return _ask_again(flow, replace(session, language=language), node, (), asking.on_no_input, facts)
    if key in REPEAT_KEYS:
        return _ask_again(flow, session, node, (), asking.on_no_input)
    return _ask_again(flow, session, node, asking.wrong_key, asking.on_wrong_key)


def _ask_again(
    flow: Flow,
    session: Session,
    node: Question,
    notice: tuple[str, ...],
    given_up: str,
    facts: Iterable[Fact] = (),
) -> Step:
    if session.attempt >= node.asking.tries or session.repeats >= flow.limits.repeats:
        return _walk(flow, session, given_up, facts)
    again = replace(session, version=flow.version, attempt=session.attempt + 1, repeats=session.repeats + 1)
    return Step((_gather(flow, again, (*notice, *node.asking.again), node.asking),), tuple(facts))


def _walk(flow: Flow, session: Session, target: str, facts: Iterable[Fact] = ()) -> Step:
    """Go from node to node until one waits for the caller or hangs up."""
    said: list[Prompt] = []
    for _ in range(MAX_NODES):
        node = flow.nodes.get(target)
        match node:
            case SayNode():
                said += _spoken(flow, session, node.prompts)
                target = node.next
            case BranchNode():
                held = (case.target for case in node.cases if case.when.holds(session))
                target = next(held, node.otherwise)
            case RateNode() | MenuNode() | RecordNode():
                asked = replace(session, version=flow.version, node=target, attempt=1, meaning=node.meaning)
                waiting = (
                    _record(flow, asked, node)
                    if isinstance(node, RecordNode)
                    else _gather(flow, asked, node.asking.prompts, node.asking)
                )
                return Step((*said, waiting), tuple(facts))
            case HangupNode():
                said += _spoken(flow, session, node.prompts)
                return Step((*said, Hangup()), (*facts, Finished(node.ending)))
            case None:
                break
    return Step((*said, Hangup()), (*facts, Finished(FlowEnding.COMPLETED)))


def _gather(flow: Flow, session: Session, names: Iterable[str], asking: Asking) -> Gather:
    return Gather(_spoken(flow, session, names), asking.timeout, session)


def _record(flow: Flow, session: Session, node: RecordNode) -> Record:
    prompts = _spoken(flow, session, node.prompts)
    return Record(prompts, node.max_length, node.silence, node.finish_key, session)


def _spoken(flow: Flow, session: Session, names: Iterable[str]) -> tuple[Prompt, ...]:
    """The prompts of these names that hold in this call, in its language."""
    prompts: list[Prompt] = []
    values = dict(session.variables)
    for name in names:
        wording = flow.wordings[name]
        if wording.when is None or wording.when.holds(session):
            speech = wording.speeches[session.language]
            text = speech.filled(values)
            prompts.append(
                Play(speech.audio, text, speech.spoken) if speech.audio else Say(text, speech.spoken)
            )
    return tuple(prompts)
