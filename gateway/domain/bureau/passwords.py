"""What a password must be like (GB/T 22239 and NIST SP 800-63B: long, and not what everybody would guess)."""

from __future__ import annotations

from enum import Enum
from itertools import pairwise
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 128
_FEWEST_DIFFERENT: Final = 5


class PasswordFault(Enum):
    """Why a password is not taken."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_PLAIN = "too_plain"
    """A few characters over and over, or in a row."""
    NAMES_ITS_OWNER = "names_its_owner"


def fault_of(password: str, login: str, name: str) -> PasswordFault | None:
    """What is wrong with a new password; None when it will do."""
    if len(password) < SHORTEST:
        return PasswordFault.TOO_SHORT
    if len(password) > LONGEST:
        return PasswordFault.TOO_LONG
    folded = password.casefold()
    if len(set(folded)) < _FEWEST_DIFFERENT or _is_a_row(folded):
        return PasswordFault.TOO_PLAIN
    if any(word and word.casefold() in folded for word in (login.partition("@")[0], name)):
        return PasswordFault.NAMES_ITS_OWNER
    return None


def _is_a_row(text: str) -> bool:
    """Such as 123456789012 or abcdefghijkl: most characters follow the one before."""
    pairs = list(pairwise(text))
    following = sum(abs(ord(b) - ord(a)) <= 1 for a, b in pairs)
    return following > len(pairs) * 0.7
