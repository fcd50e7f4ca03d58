"""Working days: Monday to Friday, less holidays, plus make-up workdays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_SATURDAY = 5
CLOSE_OF_BUSINESS = time(18)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The days that differ from the plain week, as the State Council announces them each year."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    """Make-up workdays on a weekend."""

    def is_workday(self, day: date) -> bool:
        """Whether offices work on that day."""
        if day in self.workdays:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays


def add_working_days(moment: datetime, days: int, calendar: WorkCalendar, zone: ZoneInfo) -> datetime:
    """The close of business of the `days`-th working day after the moment's day, in the city's zone (R-10).

    `days` is at least 1. The day of the rating itself never counts, so that an evening rating leaves
    the agency a whole working day.
    """
    day = moment.astimezone(zone).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        if calendar.is_workday(day):
            left -= 1
    return datetime.combine(day, CLOSE_OF_BUSINESS, tzinfo=zone)
