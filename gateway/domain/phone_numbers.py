"""A citizen's phone number: personal data that shows itself only when asked (R-18)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_E164: Final = re.compile(r"\+[1-9]\d{6,14}\Z")
_CHINA: Final = "+86"
_TAIL: Final = 4


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in E.164 form (`+8613800138000`).

    `str()` and `repr()` give a mask, so that no log line, error or page shows it by accident;
    `reveal()` gives the number to the one who must dial, encrypt or look it up.

    Raises:
        ValueError: not E.164. The text is not repeated in the error.

    """

    _e164: str

    def __post_init__(self) -> None:
        if not _E164.match(self._e164):
            raise ValueError("not a phone number in E.164 form, such as +8613800138000")

    def reveal(self) -> str:
        """The whole number in E.164 form."""
        return self._e164

    @property
    def masked(self) -> str:
        """The number as people may see it: 138****8000; foreign numbers keep their country prefix."""
        national = self._e164.removeprefix(_CHINA)
        head = national[:3]
        return f"{head}****{national[-_TAIL:]}" if len(national) > len(head) + _TAIL else f"{head}****"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked})"
