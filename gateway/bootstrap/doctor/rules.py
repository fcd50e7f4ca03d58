"""Whether the city's rules are set as a city would mean them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Diagnosis, doubtful, sound
from gateway.domain.rules import QuietHours
from gateway.domain.working_time import WorkCalendar, is_weekday
from gateway.settings.policy import RuleSettings

_CHINA: Final = timedelta(hours=8)
_MIDNIGHT: Final = time(0)
_SHORTEST_DAY: Final = timedelta(hours=6)


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Zone, quiet hours, holidays."""
    rules, now = patient.settings.rules, patient.clock.now()
    year = now.astimezone(rules.timezone).year
    found = [*_zone(rules, now), *_quiet(rules.quiet_hours), *judge_year(rules.for_domain().calendar, year)]
    return found or [sound("rules", "time zone, quiet hours and holidays are set", f"zone {rules.timezone}")]


def _zone(rules: RuleSettings, now: datetime) -> Iterator[Diagnosis]:
    local = now.astimezone(rules.timezone)
    if local.utcoffset() != _CHINA:
        seen = f"there it is {local:%H:%M}"
        remedy = 'rules.timezone = "Asia/Shanghai", unless the city is elsewhere'
        yield doubtful("rules", f"{rules.timezone} is not China's time", remedy, seen)


def _quiet(quiet: QuietHours | None) -> Iterator[Diagnosis]:
    if quiet is None:
        remedy = 'rules.quiet_hours = "21:00-08:00"'
        yield doubtful("rules", "there are no quiet hours: citizens are reminded at night", remedy)
    elif _length(quiet) > timedelta(days=1) - _SHORTEST_DAY:
        remedy = "see that start and end of rules.quiet_hours are not swapped"
        yield doubtful("rules", "quiet hours leave little of the day", remedy, _told(quiet))
    elif quiet.start < quiet.end and quiet.start != _MIDNIGHT:
        remedy = "see that start and end of rules.quiet_hours are not swapped"
        yield doubtful("rules", "quiet hours do not hold at midnight", remedy, _told(quiet))


def judge_year(calendar: WorkCalendar, year: int) -> Iterator[Diagnosis]:
    """A year's arrangement makes up for holidays on weekends: one without such days is not known."""
    days = (date(year, 1, 1) + timedelta(days=day) for day in range(365))
    if not any(calendar.is_workday(day) for day in days if not is_weekday(day)):
        remedy = "upgrade, or write rules.holidays and rules.workdays from the State Council's notice"
        yield doubtful("rules", f"holidays of {year} are not known: deadlines around them are wrong", remedy)


def _length(quiet: QuietHours) -> timedelta:
    day = datetime(2026, 1, 1)  # noqa: DTZ001 - only the span between two times of a day is meant
    return (datetime.combine(day, quiet.end) - datetime.combine(day, quiet.start)) % timedelta(days=1)


def _told(quiet: QuietHours) -> str:
    return f"{quiet.start:%H:%M}-{quiet.end:%H:%M}"
