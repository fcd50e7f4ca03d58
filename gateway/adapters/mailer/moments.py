"""Moments as emails tell them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

_WEEKDAYS: Final = "一二三四五六日"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class ShownMoment:
    """A moment as the city's clocks show it."""

    local: datetime

    @property
    def short(self) -> str:
        """11月24日 18:00."""
        return f"{self.local.month}月{self.local.day}日 {self.local:%H:%M}"

    @property
    def zh(self) -> str:
        """2026年11月24日（周二）18:00."""
        day = f"{self.local.year}年{self.local.month}月{self.local.day}日"
        return f"{day}（周{_WEEKDAYS[self.local.weekday()]}）{self.local:%H:%M}"

    @property
    def en(self) -> str:
        """24 Nov 2026, 18:00; not by strftime, which speaks the machine's language."""
        return f"{self.local.day} {_MONTHS[self.local.month - 1]} {self.local.year}, {self.local:%H:%M}"
