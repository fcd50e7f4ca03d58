"""Rules about keys: the one scale on every telephone, and an answer to every key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.domain.findings import Finding
from gateway.domain.flow.definition import REPEAT_KEYS, MenuNode, RateNode, RecordNode
from gateway.domain.flow.inputs import KEYS
from gateway.domain.levels import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.domain.flow.definition import Flow, Question
    from gateway.domain.languages import Language


def wrong_scales(flow: Flow) -> Iterator[Finding]:
    """Rating questions without all five levels on the keys of GB/T 39046-2020 table A.8 (R-1, R-17)."""
    due = {str(level.digit): level for level in Level}
    for node in flow.nodes.values():
        if not isinstance(node, RateNode):
            continue
        place = f"/nodes/{node.name}/levels"
        for key, level in due.items():
            if node.levels.get(key) is not level:
                yield Finding(
                    place,
                    f"key {key} must mean {level.value} (GB/T 39046-2020)",
                    f"write {key}: {level.value}",
                )
        for key in sorted(set(node.levels) - set(due)):
            yield Finding(place, f"key {key} is no level", "offer the keys 1 to 5 only")


def unhandled_keys(flow: Flow) -> Iterator[Finding]:
    """Keys that do not exist, mean two things or take the repeat keys, and silence about wrong ones."""
    for node in flow.nodes.values():
        if isinstance(node, RateNode | MenuNode):
            yield from _key_faults(node)
            yield from _notice_faults(node)
        elif isinstance(node, RecordNode) and node.finish_key not in KEYS:
            yield Finding(
                f"/nodes/{node.name}/record/finish_key", "not a key", "write one of 0-9, * or # in quotes"
            )


def _key_faults(node: Question) -> Iterator[Finding]:
    answers, languages = set(_answers(node)), set(node.asking.languages)
    place = f"/nodes/{node.name}"
    if not answers:
        yield Finding(place, "offers no key", "give it an option")
    for key in sorted((answers | languages) - set(KEYS)):
        yield Finding(place, f"{key!r} is not a key", "use one of 0-9")
    for key in sorted((answers | languages) & REPEAT_KEYS):
        yield Finding(place, f"key {key} always repeats the question", "use one of 0-9")
    for key in sorted(answers & languages):
        yield Finding(
            f"{place}/languages", f"key {key} already is an answer", "choose another for the language"
        )


def _notice_faults(node: Question) -> Iterator[Finding]:
    asking = node.asking
    place = f"/nodes/{node.name}"
    if asking.tries < 1:
        yield Finding(f"{place}/tries", "a question is asked at least once", "write 1 or more")
    if not asking.wrong_key:
        yield Finding(f"{place}/wrong_key", "nothing is said after a wrong key", "name a prompt in `say`")
    if not asking.no_input:
        yield Finding(f"{place}/no_input", "nothing is said after silence", "name a prompt in `say`")


def unannounced_keys(flow: Flow) -> Iterator[Finding]:
    """Answers whose key the question's prompts do not name, in every language and at every asking."""
    for node in flow.nodes.values():
        if isinstance(node, RateNode | MenuNode):
            for language in flow.languages:
                due = _answers(node)
                others = [key for key, other in node.asking.languages.items() if other is not language]
                yield from _unheard(flow, node, language, "ask", (*due, *others))
                yield from _unheard(flow, node, language, "again", due)


def _unheard(
    flow: Flow, node: Question, language: Language, when: str, due: Iterable[str]
) -> Iterator[Finding]:
    names = node.asking.prompts if when == "ask" else node.asking.again
    heard = " ".join(flow.wordings[name].speeches[language].text for name in names)
    for key in due:
        if not re.search(rf"(?<!\d){re.escape(key)}(?!\d)", heard):
            problem = f"no prompt names key {key} in {language.value}"
            yield Finding(f"/nodes/{node.name}/{when}", problem, "say what it means")


def _answers(node: Question) -> list[str]:
    return sorted(node.levels if isinstance(node, RateNode) else node.options)
