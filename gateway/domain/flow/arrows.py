"""The arrows of a flow: which node leads where, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.flow.definition import (
    BranchNode,
    MenuNode,
    RateNode,
    RecordNode,
    SayNode,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.flow.definition import Asking, Flow, Node


@dataclass(frozen=True, slots=True)
class Arrow:
    """One way from a node to another."""

    source: str
    target: str
    place: str
    """JSON pointer to where the flow's file says so."""
    label: str
    """What leads this way, for drawings; empty for the only way on."""


def arrows_of(flow: Flow) -> Iterator[Arrow]:
    """All arrows between the nodes of a flow, node by node, in the file's order."""
    for node in flow.nodes.values():
        for place, label, target in _ways(node):
            yield Arrow(node.name, target, f"/nodes/{node.name}/{place}", label)


def _ways(node: Node) -> Iterator[tuple[str, str, str]]:
    match node:
        case SayNode():
            yield "next", "", node.next
        case RateNode():
            yield "next", " ".join(sorted(node.levels)), node.next
            yield from _given_up(node.asking)
        case MenuNode():
            for key, option in node.options.items():
                yield f"menu/{key}/to", key, option.target
            yield from _given_up(node.asking)
        case RecordNode():
            yield "next", "message", node.next
            yield "no_input", "no input", node.on_no_input
        case BranchNode():
            for number, case in enumerate(node.cases):
                yield f"branch/{number}/to", str(case.when), case.target
            yield "otherwise", "otherwise", node.otherwise


def _given_up(asking: Asking) -> Iterator[tuple[str, str, str]]:
    yield "wrong_key/then", "wrong key", asking.on_wrong_key
    yield "no_input/then", "no input", asking.on_no_input
