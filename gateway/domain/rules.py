"""The city's rules, as configured; every duration and period has the default of docs/requirements.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.working_time import WorkCalendar


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The part of the day in which we text nobody of our own accord; may run over midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the `rules` section, parsed."""

    reminder_after: timedelta = timedelta(hours=24)
    reminder_misfire: timedelta = timedelta(days=3)
    """A reminder later than this is dropped and counted: nobody remembers the service by then."""
    quiet_hours: QuietHours | None = field(default_factory=lambda: QuietHours(time(21), time(8)))
    answer_window: timedelta = timedelta(minutes=10)
    """An answer to a citizen's own text goes at once, at night too; later than this it waits for morning."""
    additional_period: timedelta = timedelta(days=30)
    acknowledge_working_days: int = 1
    callback_working_days: int = 1
    rectify_working_days: int = 15
    callback_tries: int = 3
    """How often, on more than one day, a citizen is called in vain before a verdict may be given unheard."""
    email_settle: timedelta = timedelta(seconds=15)
    """How long the email about a bad rating by phone waits for its reason; the call's end ends the wait."""
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
