"""Rules about a flow's arrows: they lead somewhere, and every round of them waits for the caller."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from gateway.domain.findings import Finding
from gateway.domain.flow.arrows import arrows_of
from gateway.domain.flow.definition import BranchNode, HangupNode, SayNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.flow.definition import Flow


def broken_arrows(flow: Flow) -> Iterator[Finding]:
    """Targets that do not exist."""
    ends = [("/start", flow.start), ("/farewell", flow.farewell)]
    ends += [(arrow.place, arrow.target) for arrow in arrows_of(flow)]
    for place, target in ends:
        if target not in flow.nodes:
            yield Finding(
                place, f"there is no node {target!r}", f"name one of {', '.join(sorted(flow.nodes))}"
            )


def unreachable_nodes(flow: Flow) -> Iterator[Finding]:
    """Nodes no arrow leads to, from the start or the farewell."""
    ways: dict[str, list[str]] = {}
    for arrow in arrows_of(flow):
        ways.setdefault(arrow.source, []).append(arrow.target)
    reached, waiting = {flow.start, flow.farewell}, [flow.start, flow.farewell]
    while waiting:
        fresh = set(ways.get(waiting.pop(), ())) - reached
        reached |= fresh
        waiting += fresh
    for name in flow.nodes:
        if name not in reached:
            yield Finding(f"/nodes/{name}", f"no way leads to {name!r}", "lead one there or delete the node")


def rounds_without_waiting(flow: Flow) -> Iterator[Finding]:
    """Rounds of nodes that only say and branch: such a call would never hear the caller."""
    silent = {name for name, node in flow.nodes.items() if isinstance(node, SayNode | BranchNode)}
    graph: dict[str, set[str]] = {name: set() for name in silent}
    for arrow in arrows_of(flow):
        if arrow.source in silent and arrow.target in silent:
            graph[arrow.source].add(arrow.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        round_of = list(reversed(error.args[1]))
        problem = f"goes round without waiting for the caller ({' → '.join(round_of)})"
        yield Finding(f"/nodes/{round_of[0]}", problem, "put a question or a hangup on the way")


def asking_farewell(flow: Flow) -> Iterator[Finding]:
    """A farewell that asks something; it must end the call of someone whose question is gone."""
    reached, waiting = {flow.farewell}, [flow.farewell]
    while waiting:
        node = flow.nodes[waiting.pop()]
        if not isinstance(node, SayNode | BranchNode | HangupNode):
            problem = f"the farewell leads to the question {node.name!r}"
            yield Finding("/farewell", problem, "lead it to thanks and a hangup only")
            return
        fresh = {arrow.target for arrow in arrows_of(flow) if arrow.source == node.name} - reached
        reached |= fresh
        waiting += fresh
