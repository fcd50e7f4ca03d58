"""Rules about words: every prompt in every language, nothing said that is not declared."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.findings import Finding
from gateway.domain.flow.conditions import VariableIs
from gateway.domain.flow.definition import BranchNode, HangupNode, MenuNode, RateNode, RecordNode, SayNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.flow.conditions import Condition
    from gateway.domain.flow.definition import Flow, Node
    from gateway.domain.flow.wording import Variable


def missing_prompts(flow: Flow) -> Iterator[Finding]:
    """Prompts that are named and not declared, declared and never named, or nodes that say nothing."""
    used: set[str] = set()
    for node in flow.nodes.values():
        for place, names in _named(node):
            used.update(names)
            for name in names:
                if name not in flow.wordings:
                    yield Finding(
                        f"/nodes/{node.name}/{place}", f"there is no prompt {name!r}", "add it to `prompts`"
                    )
            if not names and place in ("say", "ask", "again"):
                yield Finding(f"/nodes/{node.name}", "says nothing", f"name a prompt in `{place}`")
    for name in flow.wordings:
        if name not in used:
            yield Finding(f"/prompts/{name}", f"prompt {name!r} is never said", "use it or delete it")


def _named(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    match node:
        case SayNode() | HangupNode():
            yield "say", node.prompts
        case RecordNode():
            yield "ask", node.prompts
        case RateNode() | MenuNode():
            yield "ask", node.asking.prompts
            yield "again", node.asking.again
            yield "wrong_key/say", node.asking.wrong_key
            yield "no_input/say", node.asking.no_input
        case BranchNode():
            return


def missing_languages(flow: Flow) -> Iterator[Finding]:
    """Prompts that a declared language lacks."""
    if not flow.languages:
        yield Finding("/languages", "no language", "declare at least one")
    for wording in flow.wordings.values():
        for language in flow.languages:
            speech = wording.speeches.get(language)
            if speech is None or not speech.text.strip():
                problem, remedy = f"prompt {wording.name!r} has no text in {language.value}", "add it"
                yield Finding(f"/prompts/{wording.name}", problem, remedy)


def undeclared_languages(flow: Flow) -> Iterator[Finding]:
    """Keys for languages that are not declared, and reasons that a declared language lacks."""
    for node in flow.nodes.values():
        if isinstance(node, RateNode | MenuNode):
            for key, language in node.asking.languages.items():
                if language not in flow.languages:
                    problem, remedy = f"key {key} asks for {language.value}", "declare it in `languages`"
                    yield Finding(f"/nodes/{node.name}/languages/{key}", problem, remedy)
        if isinstance(node, MenuNode):
            yield from _untranslated_reasons(flow, node)


def _untranslated_reasons(flow: Flow, node: MenuNode) -> Iterator[Finding]:
    codes: set[str] = set()
    for key, option in node.options.items():
        place = f"/nodes/{node.name}/menu/{key}"
        if option.language and option.language not in flow.languages:
            yield Finding(place, f"asks for {option.language.value}", "declare it in `languages`")
        if option.reason is None:
            continue
        if option.reason.code in codes:
            yield Finding(place, f"reason {option.reason.code!r} is offered twice", "give each its own code")
        codes.add(option.reason.code)
        for language in flow.languages:
            if not option.reason.texts.get(language, "").strip():
                problem, remedy = f"reason {option.reason.code!r} has no text in {language.value}", "add it"
                yield Finding(f"{place}/reason", problem, remedy)


def undeclared_variables(flow: Flow) -> Iterator[Finding]:
    """Variables used and not declared, declared and not used, or declared so that they cannot hold."""
    used: set[str] = set()
    for place, name, value in _uses(flow):
        used.add(name)
        variable = flow.variables.get(name)
        if variable is None:
            yield Finding(place, f"variable {name!r} is not declared", "add it to `variables`")
        elif value is not None and value not in variable.values:
            known = ", ".join(variable.values) or "any text"
            yield Finding(place, f"variable {name!r} is never {value!r}", f"it is one of {known}")
    for variable in flow.variables.values():
        if variable.name not in used:
            yield Finding(f"/variables/{variable.name}", "is never used", "use it or delete it")
        yield from _declaration_faults(variable)


def _uses(flow: Flow) -> Iterator[tuple[str, str, str | None]]:
    for wording in flow.wordings.values():
        place = f"/prompts/{wording.name}"
        for speech in wording.speeches.values():
            yield from ((place, name, None) for name in sorted(speech.variables))
        yield from _condition_uses(place, wording.when)
    for node in flow.nodes.values():
        if isinstance(node, BranchNode):
            for number, case in enumerate(node.cases):
                yield from _condition_uses(f"/nodes/{node.name}/branch/{number}", case.when)
        elif isinstance(node, RateNode | MenuNode):
            yield from _condition_uses(f"/nodes/{node.name}/languages", node.asking.languages_when)


def _condition_uses(place: str, condition: Condition | None) -> Iterator[tuple[str, str, str]]:
    if isinstance(condition, VariableIs):
        yield f"{place}/when", condition.variable, condition.value


def _declaration_faults(variable: Variable) -> Iterator[Finding]:
    place = f"/variables/{variable.name}"
    if variable.values and variable.default not in variable.values:
        yield Finding(
            place, f"the default {variable.default!r} is none of its values", "add it or choose another"
        )
    if not variable.values and variable.max_length < 1:
        yield Finding(place, "neither `values` nor `max_length`", "without one its length cannot be bounded")


def unmeasured_recordings(flow: Flow) -> Iterator[Finding]:
    """Recordings without a length, and recordings of a text that changes from call to call."""
    for wording in flow.wordings.values():
        for language, speech in wording.speeches.items():
            place = f"/prompts/{wording.name}/{language.value}"
            if speech.audio and (speech.length is None or speech.length <= timedelta()):
                yield Finding(
                    place, f"the length of {speech.audio!r} is unknown", "add `length`, such as 3.5s"
                )
            if speech.audio and speech.variables:
                yield Finding(place, "a recording cannot say a variable", "leave `audio` or the variable out")
