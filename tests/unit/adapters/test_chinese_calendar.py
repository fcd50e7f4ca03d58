"""Working days as the State Council announced them (gov.cn, 国务院办公厅关于部分节假日安排的通知)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.chinese_calendar import is_chinese_workday
from gateway.domain.working_time import WorkCalendar, add_working_days

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(usual=is_chinese_workday)


@pytest.mark.requirement("R-10")
@pytest.mark.parametrize(
    ("first", "last", "make_up"),
    [
        ("2025-01-28", "2025-02-04", ["2025-01-26", "2025-02-08"]),
        ("2025-10-01", "2025-10-08", ["2025-09-28", "2025-10-11"]),
        ("2026-01-01", "2026-01-03", ["2026-01-04"]),
        ("2026-02-15", "2026-02-23", ["2026-02-14", "2026-02-28"]),
        ("2026-05-01", "2026-05-05", ["2026-05-09"]),
        ("2026-10-01", "2026-10-07", ["2026-09-20", "2026-10-10"]),
    ],
)
def test_holidays_and_make_up_workdays_are_as_announced(first: str, last: str, make_up: list[str]) -> None:
    """Every day of the holiday is off, whatever weekday; the weekend days named are worked."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    while day <= end:
        assert not is_chinese_workday(day), day
        day += timedelta(days=1)

    assert all(is_chinese_workday(date.fromisoformat(worked)) for worked in make_up)


@pytest.mark.requirement("R-10")
def test_a_rating_before_the_spring_festival_is_due_after_it() -> None:
    """Given on the make-up Saturday, the call-back is due at the end of the first day back."""
    given_at = datetime(2026, 2, 14, 10, tzinfo=SHANGHAI)

    assert add_working_days(given_at, 1, CALENDAR, SHANGHAI) == datetime(2026, 2, 24, 18, tzinfo=SHANGHAI)


def test_the_operators_lists_overrule_the_calendar() -> None:
    """A day that the city takes off, and a holiday on which it works."""
    own = WorkCalendar(
        holidays=frozenset({date(2026, 11, 24)}),
        workdays=frozenset({date(2026, 10, 1)}),
        usual=is_chinese_workday,
    )

    assert not own.is_workday(date(2026, 11, 24))
    assert own.is_workday(date(2026, 10, 1))
    assert own.is_workday(date(2026, 11, 25))


@given(st.datetimes(datetime(2018, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)), st.integers(1, 40))
def test_between_a_rating_and_its_deadline_lie_so_many_working_days(moment: datetime, days: int) -> None:
    """Counted day by day, the deadline's own day included, the rating's day left out."""
    due = add_working_days(moment, days, CALENDAR, SHANGHAI)

    day, counted = moment.astimezone(SHANGHAI).date(), 0
    while day < due.date():
        day += timedelta(days=1)
        counted += CALENDAR.is_workday(day)
    assert counted == days
    assert CALENDAR.is_workday(due.date())
