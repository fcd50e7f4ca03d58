"""Rule 1, clauses: what stands between separators."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

# Spaces, hyphens and apostrophes between Latin words separate nothing.
_CLAUSE: Final = re.compile(r"[^\W_]++(?:(?<=[a-z])(?:[ \u00a0]+|['’_-])(?=[a-z])[^\W_]++)*+")


class Clause(NamedTuple):
    """Where a clause begins and ends in the text."""

    start: int
    end: int


class Clauses:
    """The clauses of a stretch of text, findable by position; in order."""

    __slots__ = ("_all", "_starts", "start", "stop", "text")

    def __init__(self, text: str, start: int, stop: int) -> None:
        self.text, self.start, self.stop = text, start, stop
        self._all: list[Clause] | None = None
        self._starts: list[int] = []

    @property
    def all(self) -> list[Clause]:
        """Every clause, in order; found when first asked for."""
        if self._all is None:
            self._all = [
                Clause(*found.span()) for found in _CLAUSE.finditer(self.text, self.start, self.stop)
            ]
            self._starts = [clause.start for clause in self._all]
        return self._all

    def index_at(self, position: int) -> int:
        """The number of the clause that holds or last precedes a position; -1 before the first."""
        return bisect_right(self._starts, position) - 1 if self.all else -1

    def at(self, position: int) -> Clause:
        """The clause that holds a position."""
        return self.all[max(0, self.index_at(position))]
