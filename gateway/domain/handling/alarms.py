"""When somebody is reminded of what they owe, and who is told once it is late (R-10, R-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from itertools import count
from typing import TYPE_CHECKING, Final

from gateway.domain.handling.progress import Deadline, DeadlineKind
from gateway.domain.working_time import working_day

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from gateway.domain.working_time import WorkCalendar

OPENING: Final = time(9)
"""When offices open: earlier nobody reads anything."""
_DAYS_BEFORE: Final = {DeadlineKind.ACKNOWLEDGE: 0, DeadlineKind.CALL_BACK: 0, DeadlineKind.RECTIFY: 2}
"""How many working days before a deadline its reminder comes; 0 = the same morning."""


class AlarmKind(Enum):
    """What an alarm says."""

    REMINDER = "reminder"
    ESCALATION = "escalation"
    """The deadline has passed: the next in line is told."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One email about one deadline."""

    at: datetime
    deadline: Deadline
    level: int
    """0 reminds who owes it; 1 tells the next in line that it is late, 2 the one after, and so on."""

    @property
    def kind(self) -> AlarmKind:
        """What it says."""
        return AlarmKind.ESCALATION if self.level else AlarmKind.REMINDER

    @property
    def name(self) -> str:
        """What tells it from every other alarm of the same follow-up."""
        return f"{self.deadline.kind.value}-{self.deadline.at:%Y%m%d%H%M}-{self.level}"


def alarms_of(deadline: Deadline, calendar: WorkCalendar, zone: ZoneInfo) -> Iterator[Alarm]:
    """The reminder, then an escalation every working morning after the deadline, without end."""
    due = deadline.at.astimezone(zone).date()
    for level in count():
        days = level or -_DAYS_BEFORE[deadline.kind]
        yield Alarm(opening_of(working_day(due, days, calendar), zone), deadline, level)


def opening_of(day: date, zone: ZoneInfo) -> datetime:
    """When offices open on a day."""
    return datetime.combine(day, OPENING, tzinfo=zone)


def next_alarm(
    deadline: Deadline | None, after: datetime, calendar: WorkCalendar, zone: ZoneInfo
) -> Alarm | None:
    """The first alarm later than this moment; None where nothing is owed."""
    if deadline is None:
        return None
    return next(alarm for alarm in alarms_of(deadline, calendar, zone) if alarm.at > after)


def due_alarm(
    deadline: Deadline, now: datetime, last_level: int, calendar: WorkCalendar, zone: ZoneInfo
) -> Alarm | None:
    """The latest alarm that is due, up to the last level that there is anybody for.

    What was missed before it, because no worker was there, is not made up.
    """
    found = None
    for alarm in alarms_of(deadline, calendar, zone):
        if alarm.at > now or alarm.level > last_level:
            return found
        found = alarm
    return found
