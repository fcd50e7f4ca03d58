"""What speaks for a level: where it stands, which level it means, how sure it is."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

_LAST_GOOD: Final = 3


def is_good(level: int) -> bool:
    """The side of an option digit: 1-3 are good, 4 and 5 are bad."""
    return level <= _LAST_GOOD


class Kind(Enum):
    """What the evidence is made of."""

    UNIT = "unit"
    PHRASE = "phrase"


class Evidence(NamedTuple):
    """A stretch of text that speaks for a level (1-5, the option digit)."""

    start: int
    end: int
    level: int
    kind: Kind
    doubtful: bool = False
    """True when it may mean something else: it never decides, but what decides must agree with it."""

    @property
    def good(self) -> bool:
        """Whether the level is on the good side."""
        return is_good(self.level)
