"""A calendar month of the city."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import tzinfo

_WRITTEN: Final = re.compile(r"(\d{4})-(\d{2})")
_DECEMBER: Final = 12


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """Year and month, written 2026-11.

    Raises:
        ValueError: there is no such month.

    """

    year: int
    number: int

    def __post_init__(self) -> None:
        datetime(self.year, self.number, 1)  # noqa: DTZ001 - only to see that it exists
        # So must the month after it, and its moments in any other zone.
        if not MINYEAR < self.year < MAXYEAR:
            raise ValueError(f"{self.year} is not a year that figures can be drawn of")

    @classmethod
    def read(cls, text: str) -> Month:
        """The month of `2026-11`; raises ValueError for anything else."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise ValueError("not a month such as 2026-11")
        return cls(int(match[1]), int(match[2]))

    def span(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its first moment, and the first moment after it, in the city's zone."""
        year, number = (self.year + 1, 1) if self.number == _DECEMBER else (self.year, self.number + 1)
        return datetime(self.year, self.number, 1, tzinfo=zone), datetime(year, number, 1, tzinfo=zone)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"
