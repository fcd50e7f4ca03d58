"""Rules about calls: each ends, within the limit, and rates nothing that was not pressed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from gateway.domain.findings import Finding
from gateway.domain.flow.definition import MenuNode, RateNode, RecordNode
from gateway.domain.flow.facts import Rated
from gateway.domain.flow.inputs import Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.flow.definition import Flow
    from gateway.domain.flow.exploration import Exploration, Transition


@dataclass(frozen=True, slots=True)
class LongestCall:
    """The call that keeps a caller on the line longest, if they let every second pass."""

    length: timedelta
    questions: tuple[str, ...]
    """Nodes that ask, in order; one asked again stands again."""


def longest_call(exploration: Exploration) -> LongestCall:
    """The longest of all calls.

    Raises:
        CycleError: a call can go on for ever; `args[1]` holds the numbers of the questions of the round.

    """
    outgoing: dict[int | None, list[Transition]] = defaultdict(list)
    for transition in exploration.transitions:
        outgoing[transition.question].append(transition)
    graph = {
        question: {way.following for way in ways if way.following is not None}
        for question, ways in outgoing.items()
    }
    rest: dict[int | None, LongestCall] = {}
    for question in TopologicalSorter(graph).static_order():
        rest[question] = _longest(exploration, outgoing[question], rest)
    return rest[None]


def _longest(
    exploration: Exploration, ways: list[Transition], rest: dict[int | None, LongestCall]
) -> LongestCall:
    ended = LongestCall(timedelta(), ())
    lengths = [way.length + (ended if way.following is None else rest[way.following]).length for way in ways]
    length = max(lengths)
    following = ways[lengths.index(length)].following
    if following is None:
        return LongestCall(length, ())
    return LongestCall(length, (exploration.questions[following].node, *rest[following].questions))


def unexplored_calls(exploration: Exploration) -> Iterator[Finding]:
    """A flow with so many different calls that they cannot all be walked."""
    if not exploration.complete:
        problem = "too many different calls to prove"
        yield Finding("/nodes", problem, "use fewer variables, tries or questions")


def too_long_calls(flow: Flow, exploration: Exploration) -> Iterator[Finding]:
    """Calls that never end, or last longer than the flow's limit."""
    try:
        longest = longest_call(exploration)
    except CycleError as error:
        nodes = list(dict.fromkeys(exploration.questions[number].node for number in error.args[1]))
        problem = f"a call can go round for ever ({' → '.join(nodes)})"
        yield Finding(f"/nodes/{nodes[0]}", problem, "lead one of them on to a hangup")
        return
    if longest.length > flow.limits.call:
        took, limit = longest.length.total_seconds(), flow.limits.call.total_seconds()
        way = " → ".join(longest.questions)
        problem = f"a call can take {took:.0f}s, the limit is {limit:.0f}s ({way})"
        yield Finding("/limits/call", problem, "shorten prompts, timeouts, recordings or repeats")


def unasked_questions(flow: Flow, exploration: Exploration) -> Iterator[Finding]:
    """Questions that arrows lead to and no call ever comes to, because conditions exclude each other."""
    asked = {session.node for session in exploration.questions}
    for node in flow.nodes.values():
        if isinstance(node, RateNode | MenuNode | RecordNode) and node.name not in asked:
            problem, remedy = (
                f"no call ever comes to {node.name!r}",
                "mend the conditions before it or delete the node",
            )
            yield Finding(f"/nodes/{node.name}", problem, remedy)


def forced_ratings(exploration: Exploration) -> Iterator[Finding]:
    """Ratings without the press of their key (R-16), or of one subject twice in a call (R-3, R-4)."""
    faults: set[tuple[str, str, str]] = set()
    for transition in exploration.transitions:
        for fact in transition.step.facts:
            if not isinstance(fact, Rated):
                continue
            if transition.given != Key(fact.key):
                faults.add((fact.node, "rates without a key press", "a rating must be pressed"))
            if _already_rated(exploration, transition, fact):
                faults.add((fact.node, f"rates the {fact.subject.value} a second time", "ask once per call"))
    for node, problem, remedy in sorted(faults):
        yield Finding(f"/nodes/{node}", problem, remedy)


def _already_rated(exploration: Exploration, transition: Transition, fact: Rated) -> bool:
    if transition.question is None:
        return False
    return any(subject is fact.subject for subject, _ in exploration.questions[transition.question].ratings)


def groundless_reasons(flow: Flow, exploration: Exploration) -> Iterator[Finding]:
    """Reasons that are asked for before anything was rated: they would belong to nothing."""
    for node in flow.nodes.values():
        if isinstance(node, MenuNode) and any(option.reason for option in node.options.values()):
            sessions = (session for session in exploration.questions if session.node == node.name)
            if any(session.subject is None for session in sessions):
                problem, remedy = "asks for a reason when nothing is rated", "lead there from a rating only"
                yield Finding(f"/nodes/{node.name}", problem, remedy)
