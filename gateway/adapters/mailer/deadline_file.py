"""A deadline as an iCalendar file (RFC 5545), for the calendars of those who owe something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final

from icalendar import Alarm, Calendar, Event

if TYPE_CHECKING:
    from datetime import datetime

_SHOWN: Final = timedelta(minutes=30)
"""How long the entry is: a deadline has no length, but calendars show none without one."""
_REMIND_BEFORE: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What tells calendars which entry it is, and which of two words about it is the newer."""

    uid: str
    revision: int
    """Calendars keep what they have, unless this is greater, whether the deadline moved back or forth."""
    since: datetime


def deadline_file(named: CalendarEntry, due_at: datetime, summary: str, page: str) -> str:
    """One entry that ends with the deadline."""
    entry = Event()
    entry.add("uid", named.uid)
    entry.add("dtstamp", named.since.astimezone(UTC))
    entry.add("sequence", named.revision)
    entry.add("dtstart", due_at.astimezone(UTC) - _SHOWN)
    entry.add("dtend", due_at.astimezone(UTC))
    entry.add("summary", summary)
    entry.add("description", page)
    entry.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -_REMIND_BEFORE)
    entry.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", "-//haochaping//follow-ups//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(entry)
    content: bytes = calendar.to_ical()
    return content.decode("utf-8")
