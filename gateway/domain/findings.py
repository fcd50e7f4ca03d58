"""What a check of an operator's file found: one line that can be acted upon."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in a file of the operator: where, what, and how to mend it."""

    place: str
    """`file:line`, or the file or folder when no line is to blame."""
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}, {self.remedy}"
