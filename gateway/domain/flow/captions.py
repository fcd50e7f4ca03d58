"""What a drawing of a flow says in its boxes and along its arrows."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from gateway.domain.flow.arrows import arrows_of
from gateway.domain.flow.definition import BranchNode, HangupNode, MenuNode, RateNode, RecordNode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.domain.flow.definition import Flow, Node

GIVEN_UP: Final = frozenset({"wrong key", "no input"})
"""Labels of the ways a question is left without an answer."""


def ways_of(flow: Flow) -> dict[tuple[str, str], list[str]]:
    """The labels of all arrows from one node to another; one arrow is drawn for them."""
    ways: dict[tuple[str, str], list[str]] = defaultdict(list)
    for arrow in arrows_of(flow):
        ways[arrow.source, arrow.target].append(arrow.label)
    return dict(ways)


def joined(labels: Iterable[str]) -> str:
    """The labels of one arrow as one line."""
    keys = [label for label in labels if label not in GIVEN_UP]
    given_up = [label for label in labels if label in GIVEN_UP]
    return ", ".join(filter(None, [" ".join(keys), *given_up]))


def kind_of(node: Node) -> str:
    """What the node does, where its words do not tell."""
    match node:
        case RateNode():
            return f"rate {node.subject.value}"
        case MenuNode():
            return "menu"
        case RecordNode():
            return f"record, at most {node.max_length.total_seconds():.0f}s"
        case HangupNode():
            return f"hang up: {node.ending.value}"
        case _:
            return ""


def words_of(flow: Flow, node: Node) -> list[str]:
    """What is said at the node, in the flow's first language."""
    match node:
        case RateNode() | MenuNode():
            names = node.asking.prompts
        case BranchNode():
            names = ()
        case _:
            names = node.prompts
    words = []
    for name in names:
        wording = flow.wordings[name]
        condition = f"({wording.when}) " if wording.when else ""
        words.append(condition + wording.speeches[flow.languages[0]].text)
    return words
