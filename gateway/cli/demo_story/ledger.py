"""What the story did and what came of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the story's table."""

    act: str
    done: str
    expected: str
    happened: str
    held: bool


class Ledger:
    """Collects the lines of the story, act by act."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._act = ""

    def begin(self, act: str) -> None:
        """Begin an act."""
        self._act = act

    def note(self, done: str, expected: str, happened: object, *, held: bool) -> None:
        """Note what was done, what was expected of it, and whether it held."""
        self.lines.append(Line(self._act, done, expected, str(happened), held))

    @property
    def all_held(self) -> bool:
        """Whether something was expected and all of it held."""
        return bool(self.lines) and all(line.held for line in self.lines)
