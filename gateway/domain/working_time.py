"""Working days: as the usual calendar has them, less holidays, plus make-up workdays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

_SATURDAY = 5
CLOSE_OF_BUSINESS = time(18)


def is_weekday(day: date) -> bool:
    """Whether it is Monday to Friday: the plain week, which knows no holidays."""
    return day.weekday() < _SATURDAY


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days on which offices work; what is listed here overrules the usual calendar."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    """Make-up workdays on a weekend."""
    usual: Callable[[date], bool] = is_weekday

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day in self.workdays:
            return True
        return day not in self.holidays and self.usual(day)


def working_day(day: date, days: int, calendar: WorkCalendar) -> date:
    """The so many-th working day after a day, or before it where `days` is negative; 0 = the day itself."""
    step = timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    while left > 0:
        day += step
        if calendar.is_workday(day):
            left -= 1
    return day


def add_working_days(moment: datetime, days: int, calendar: WorkCalendar, zone: ZoneInfo) -> datetime:
    """The close of business of the `days`-th working day after the moment's day, in the city's zone (R-10).

    `days` is at least 1. The day of the rating itself never counts, so that an evening rating leaves
    the agency a whole working day.
    """
    day = working_day(moment.astimezone(zone).date(), days, calendar)
    return datetime.combine(day, CLOSE_OF_BUSINESS, tzinfo=zone)
