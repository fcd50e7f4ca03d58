"""The proof of a flow: nothing that `prove` finds anything against may meet a caller."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from gateway.domain.flow.call_rules import (
    forced_ratings,
    groundless_reasons,
    too_long_calls,
    unasked_questions,
    unexplored_calls,
)
from gateway.domain.flow.exploration import explore
from gateway.domain.flow.graph_rules import (
    asking_farewell,
    broken_arrows,
    rounds_without_waiting,
    unreachable_nodes,
)
from gateway.domain.flow.key_rules import unannounced_keys, unhandled_keys, wrong_scales
from gateway.domain.flow.limit_rules import unbounded_limits
from gateway.domain.flow.wording_rules import (
    missing_languages,
    missing_prompts,
    undeclared_languages,
    undeclared_variables,
    unmeasured_recordings,
)

if TYPE_CHECKING:
    from gateway.domain.findings import Finding
    from gateway.domain.flow.definition import Flow


def prove(flow: Flow) -> list[Finding]:
    """Everything that is wrong with the flow; an empty list is the proof that nothing is.

    Each stage rests on the one before: calls can only be walked where every arrow, key and word is there.
    """
    parts = [
        *chain(broken_arrows(flow), missing_prompts(flow), missing_languages(flow)),
        *undeclared_languages(flow),
        *chain(wrong_scales(flow), unhandled_keys(flow), undeclared_variables(flow)),
        *chain(unmeasured_recordings(flow), unbounded_limits(flow)),
    ]
    if parts:
        return parts
    ways = [
        *unreachable_nodes(flow),
        *rounds_without_waiting(flow),
        *asking_farewell(flow),
        *unannounced_keys(flow),
    ]
    if ways:
        return ways
    calls = explore(flow)
    return [*unexplored_calls(calls)] or [
        *chain(too_long_calls(flow, calls), unasked_questions(flow, calls)),
        *chain(forced_ratings(calls), groundless_reasons(flow, calls)),
    ]
