"""Reads the nodes of a flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.adapters.flow_files.document import Section
from gateway.adapters.flow_files.wording_reading import (
    LANGUAGES,
    read_condition,
    read_name,
    read_optional_condition,
    read_texts,
)
from gateway.domain.flow.definition import (
    Asking,
    BranchNode,
    Case,
    HangupNode,
    MenuNode,
    Option,
    RateNode,
    Reason,
    RecordNode,
    SayNode,
)
from gateway.domain.flow.facts import FlowEnding
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from gateway.domain.flow.definition import Node

_SUBJECTS: Final = {subject.value: subject for subject in SubjectKind}
_LEVELS: Final = {level.value: level for level in Level}
_ENDINGS: Final = {ending.value: ending for ending in FlowEnding}
_ASKING_KEYS: Final = ("ask", "again", "timeout", "tries", "wrong_key", "no_input", "languages")


@dataclass(frozen=True, slots=True)
class Notice:
    """What a question does about a wrong key or silence."""

    prompts: tuple[str, ...]
    then: str


@dataclass(frozen=True, slots=True)
class AskingDefaults:
    """What the flow's questions have in common unless they say otherwise."""

    timeout: timedelta
    tries: int
    wrong_key: Notice
    no_input: Notice


def read_defaults(section: Section) -> AskingDefaults:
    """The flow's section `asking`."""
    section.allow("timeout", "tries", "wrong_key", "no_input")
    return AskingDefaults(
        section.seconds("timeout"),
        section.number("tries"),
        _notice(section, "wrong_key"),
        _notice(section, "no_input"),
    )


def read_node(name: str, section: Section, defaults: AskingDefaults) -> Node:
    """One node; its kind is told by the key that only this kind has."""
    read_name(section, name)
    kinds: dict[str, Callable[[str, Section, AskingDefaults], Node]] = {
        "rate": _rate,
        "menu": _menu,
        "record": _record,
        "branch": _branch,
        "hangup": _hangup,
        "say": _say,
    }
    told = [read for key, read in kinds.items() if key in section.keys]
    if not told:
        section.fail(f"{section.what} is of no kind", f"give it one of {', '.join(kinds)}")
    return told[0](name, section, defaults)


def _say(name: str, section: Section, _: AskingDefaults) -> Node:
    section.allow("say", "next")
    return SayNode(name, section.names("say"), section.text("next"))


def _rate(name: str, section: Section, defaults: AskingDefaults) -> Node:
    section.allow("rate", "levels", "next", *_ASKING_KEYS)
    subject = section.choice(section.required("rate"), _SUBJECTS, "subject")
    levels = section.section("levels")
    offered = {key: levels.choice(node, _LEVELS, "level") for key, node in levels.keys.items()}
    return RateNode(name, subject, offered, _asking(section, defaults), section.text("next"))


def _menu(name: str, section: Section, defaults: AskingDefaults) -> Node:
    section.allow("menu", *_ASKING_KEYS)
    options = {key: _option(option) for key, option in section.section("menu").sections("key")}
    return MenuNode(name, options, _asking(section, defaults))


def _option(section: Section) -> Option:
    section.allow("to", "reason", "language")
    reason = None
    if "reason" in section.keys:
        texts = section.section("reason")
        texts.allow("code", *LANGUAGES)
        code = read_name(texts, texts.text("code"), texts.keys["code"])
        reason = Reason(code, read_texts(texts))
    language = None
    if "language" in section.keys:
        language = section.choice(section.keys["language"], LANGUAGES, "language")
    return Option(section.text("to"), reason, language)


def _record(name: str, section: Section, _: AskingDefaults) -> Node:
    section.allow("record", "ask", "next", "no_input")
    how = section.section("record")
    how.allow("max_length", "silence", "finish_key")
    return RecordNode(
        name,
        section.names("ask"),
        how.seconds("max_length"),
        how.seconds("silence"),
        how.text("finish_key"),
        section.text("next"),
        section.text("no_input"),
    )


def _branch(name: str, section: Section, _: AskingDefaults) -> Node:
    section.allow("branch", "otherwise")
    cases = tuple(_case(case) for case in section.items("branch"))
    return BranchNode(name, cases, section.text("otherwise"))


def _case(section: Section) -> Case:
    section.allow("when", "to")
    return Case(read_condition(section), section.text("to"))


def _hangup(name: str, section: Section, _: AskingDefaults) -> Node:
    section.allow("hangup", "say")
    ending = section.choice(section.required("hangup"), _ENDINGS, "ending")
    return HangupNode(name, section.names("say"), ending)


def _asking(section: Section, defaults: AskingDefaults) -> Asking:
    wrong_key = _notice(section, "wrong_key", defaults.wrong_key)
    no_input = _notice(section, "no_input", defaults.no_input)
    languages, when = {}, None
    if "languages" in section.keys:
        keys = section.section("languages")
        when = read_optional_condition(keys)
        languages = {
            key: keys.choice(node, LANGUAGES, "language") for key, node in keys.keys.items() if key != "when"
        }
    return Asking(
        prompts=section.names("ask"),
        again=section.names("again", section.names("ask")),
        wrong_key=wrong_key.prompts,
        no_input=no_input.prompts,
        timeout=section.seconds("timeout", defaults.timeout),
        tries=section.number("tries", defaults.tries),
        on_wrong_key=wrong_key.then,
        on_no_input=no_input.then,
        languages=languages,
        languages_when=when,
    )


def _notice(section: Section, key: str, default: Notice | None = None) -> Notice:
    if default is not None and key not in section.keys:
        return default
    notice = section.section(key)
    notice.allow("say", "then")
    prompts = notice.names("say", default.prompts if default else None)
    return Notice(prompts, notice.text("then", default.then if default else None))
