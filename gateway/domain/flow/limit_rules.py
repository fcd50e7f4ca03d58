"""Rules about the bounds a flow declares: each is one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gateway.domain.findings import Finding
from gateway.domain.flow.definition import MenuNode, RateNode, RecordNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.domain.flow.definition import Flow

SHORTEST_TIMEOUT: Final = timedelta(seconds=3)
"""Someone who holds the telephone to the ear must take it down to see the keys."""


def unbounded_limits(flow: Flow) -> Iterator[Finding]:
    """Limits that bound nothing, and waits too short for anybody to answer."""
    if flow.limits.call <= timedelta():
        yield Finding(
            "/limits/call", "no call fits", "write the longest call the flow may lead to, such as 120s"
        )
    if flow.limits.repeats < 0:
        yield Finding("/limits/repeats", "cannot be negative", "write how often questions may be asked again")
    for node in flow.nodes.values():
        if isinstance(node, RateNode | MenuNode) and node.asking.timeout < SHORTEST_TIMEOUT:
            least = int(SHORTEST_TIMEOUT.total_seconds())
            yield Finding(
                f"/nodes/{node.name}/timeout", "too short to find the key", f"wait at least {least}s"
            )
        if isinstance(node, RecordNode) and not timedelta() < node.silence <= node.max_length:
            problem = "`silence` must be more than 0s and at most `max_length`"
            yield Finding(f"/nodes/{node.name}/record", problem, "mend one of the two")
