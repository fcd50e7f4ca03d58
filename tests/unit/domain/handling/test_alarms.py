"""When reminders and escalations come: in the mornings of working days, and each once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.handling.alarms import OPENING, AlarmKind, alarms_of, due_alarm, next_alarm
from gateway.domain.handling.progress import Deadline, DeadlineKind
from gateway.domain.working_time import WorkCalendar, working_day

SHANGHAI = ZoneInfo("Asia/Shanghai")
PLAIN = WorkCalendar()
FRIDAY = datetime(2026, 11, 27, 18, tzinfo=SHANGHAI)


def mornings(kind: DeadlineKind, count: int) -> list[str]:
    """The first alarms of a deadline on Friday evening."""
    alarms = alarms_of(Deadline(kind, FRIDAY), PLAIN, SHANGHAI)
    return [f"{alarm.at:%a %d %H:%M}" for alarm, _ in zip(alarms, range(count), strict=False)]


@pytest.mark.requirement("R-10")
def test_reminded_the_same_morning_and_escalated_from_the_next_working_day_on() -> None:
    """Nobody reads on a Saturday."""
    assert mornings(DeadlineKind.CALL_BACK, 4) == [
        "Fri 27 09:00",
        "Mon 30 09:00",
        "Tue 01 09:00",
        "Wed 02 09:00",
    ]


@pytest.mark.requirement("R-11")
def test_of_a_rectification_the_reminder_comes_two_working_days_before() -> None:
    """It takes longer than a telephone call."""
    assert mornings(DeadlineKind.RECTIFY, 2) == ["Wed 25 09:00", "Mon 30 09:00"]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(DeadlineKind),
    st.frozensets(st.dates(date(2026, 1, 1), date(2029, 6, 1)), max_size=40),
    st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC)),
)
def test_alarms_follow_each_other_on_workdays(
    due_at: datetime, kind: DeadlineKind, holidays: frozenset[date], now: datetime
) -> None:
    """Every one is later than the last and, but for a deadline on a day off, on a working morning."""
    calendar = WorkCalendar(holidays=holidays)
    deadline = Deadline(kind, due_at)
    found = [alarm for alarm, _ in zip(alarms_of(deadline, calendar, SHANGHAI), range(5), strict=False)]

    assert [alarm.at for alarm in found] == sorted({alarm.at for alarm in found})
    assert all(alarm.at.time() == OPENING for alarm in found)
    assert all(calendar.is_workday(alarm.at.date()) for alarm in found[1:])
    assert all(alarm.at > due_at for alarm in found if alarm.kind is AlarmKind.ESCALATION)
    assert len({alarm.name for alarm in found}) == len(found)
    later = next_alarm(deadline, now, calendar, SHANGHAI)
    assert later is not None
    assert later.at > now
    due = due_alarm(deadline, now, 3, calendar, SHANGHAI)
    assert due is None or due.at <= now
    assert due is None or due.level == 3 or due.level + 1 == later.level


def test_what_was_missed_is_not_made_up() -> None:
    """After a week without a worker one email goes, to the last in line."""
    now = FRIDAY + timedelta(days=9)

    due = due_alarm(Deadline(DeadlineKind.CALL_BACK, FRIDAY), now, 2, PLAIN, SHANGHAI)

    assert due is not None
    assert due.level == 2


def test_working_days_are_counted_both_ways() -> None:
    """Zero is the day itself, whatever day it is."""
    saturday = date(2026, 11, 28)

    assert working_day(saturday, 0, PLAIN) == saturday
    assert working_day(saturday, 1, PLAIN) == date(2026, 11, 30)
    assert working_day(saturday, -2, PLAIN) == date(2026, 11, 26)
