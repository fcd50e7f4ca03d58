"""What a caller did. Hanging up is no input: nothing more is recorded, so no engine is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from gateway.domain.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import timedelta

KEYS: Final = "1234567890*#"
"""The keys of a telephone, in the order of the keypad."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key pressed.

    Raises:
        InvalidInput: not one of 0-9, `*`, `#`.

    """

    digit: str

    def __post_init__(self) -> None:
        if len(self.digit) != 1 or self.digit not in KEYS:
            raise InvalidInput("not a key of a telephone: send one of 0-9, * or #", pointer="/digit")


@dataclass(frozen=True, slots=True)
class NoInput:
    """The time ran out without a key or a word."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The caller left a spoken message."""

    reference: str
    """The provider's own address of the recording."""
    duration: timedelta


Input: TypeAlias = Key | NoInput | Recorded
