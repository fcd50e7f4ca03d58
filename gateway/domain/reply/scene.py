"""What the rules on spoilt evidence look at: the text around the evidence, and its clauses."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gateway.domain.reply.clauses import Clauses
    from gateway.domain.reply.evidence import Evidence


class Scene(NamedTuple):
    """A message with its evidence found."""

    rest: str
    """The text in which evidence and words that only look like it are masked; positions are unchanged."""
    clauses: Clauses
    evidence: list[Evidence]

    def spots(self, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
        """Where a pattern stands outside the evidence, in order, without the matches of a group `skip`."""
        skipping = "skip" in pattern.groupindex
        return [
            found.span()
            for found in pattern.finditer(self.rest, self.clauses.start, self.clauses.stop)
            if not (skipping and found["skip"])
        ]


def last_before(spots: list[tuple[int, int]], position: int) -> tuple[int, int] | None:
    """The last of some spots that begins before a position."""
    index = bisect_left(spots, (position, 0))
    return spots[index - 1] if index else None
