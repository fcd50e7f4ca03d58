"""When a citizen may be texted."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.reminders import (
    ReminderVerdict,
    in_quiet_hours,
    judge_reminder,
    next_allowed,
    next_quiet_start,
    reminder_due_at,
    zone_of,
)
from gateway.domain.rules import QuietHours, Rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
NIGHT = QuietHours(time(21), time(8))
NOON = QuietHours(time(12), time(14))
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"])
CHANGES = [
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 6, tzinfo=UTC),
    datetime(2027, 4, 3, 15, tzinfo=UTC),
]
"""When summer time begins or ends in some of these zones: the hours around are passed twice or never."""
AROUND_CHANGES = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes),
    st.sampled_from(CHANGES),
    st.integers(-180, 180),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)) | AROUND_CHANGES
CLOCK_TIMES = st.times().map(lambda t: t.replace(microsecond=0)) | st.builds(
    time, st.integers(0, 3), st.sampled_from([0, 10, 30, 50])
)


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.requirement("R-8")
@pytest.mark.parametrize(
    ("moment", "quiet", "expected"),
    [
        (local(23, 20, 59), NIGHT, False),
        (local(23, 21), NIGHT, True),
        (local(23, 23, 59), NIGHT, True),
        (local(24, 0), NIGHT, True),
        (local(24, 7, 59), NIGHT, True),
        (local(24, 8), NIGHT, False),
        (local(23, 12), NOON, True),
        (local(23, 14), NOON, False),
        (local(23, 3), None, False),
        (local(23, 3), QuietHours(time(8), time(8)), False),
    ],
)
def test_quiet_hours_over_midnight_and_within_a_day(
    moment: datetime, quiet: QuietHours | None, expected: bool
) -> None:
    """The first minute is quiet, the last one ends it; none or an empty span is never quiet."""
    assert in_quiet_hours(moment, quiet, SHANGHAI) is expected


@pytest.mark.requirement("R-8")
@pytest.mark.parametrize(
    ("completed_at", "expected"),
    [
        (local(23, 10), local(24, 10)),
        (local(23, 22), local(25, 8)),
        (local(23, 3), local(24, 8)),
        (local(23, 21), local(25, 8)),
        (local(23, 8), local(24, 8)),
    ],
)
def test_the_reminder_is_due_after_a_day_but_never_at_night(
    completed_at: datetime, expected: datetime
) -> None:
    """Twenty-four hours later, or the morning after that."""
    assert reminder_due_at(completed_at, Rules(), SHANGHAI) == expected


@pytest.mark.requirement("R-8")
@given(MOMENTS, CLOCK_TIMES, CLOCK_TIMES, ZONES)
def test_the_next_allowed_moment_is_allowed_and_the_first_such(
    moment: datetime, start: time, end: time, zone_name: str
) -> None:
    """In any zone, over any change of summer time: never quiet, never early, at most a day and an hour on."""
    zone, quiet = ZoneInfo(zone_name), QuietHours(start, end)

    allowed = next_allowed(moment, quiet, zone)

    assert not in_quiet_hours(allowed, quiet, zone)
    assert moment <= allowed <= moment + timedelta(hours=26)
    if allowed != moment:
        assert in_quiet_hours(moment, quiet, zone)


@given(MOMENTS, CLOCK_TIMES, CLOCK_TIMES, ZONES)
def test_the_next_quiet_start_lies_ahead(moment: datetime, start: time, end: time, zone_name: str) -> None:
    """A validity period always ends in the future, within a day."""
    begins = next_quiet_start(moment, QuietHours(start, end), ZoneInfo(zone_name))

    assert begins is None if start == end else begins is not None
    if begins is not None:
        assert moment < begins <= moment + timedelta(hours=26)


@pytest.mark.requirement("R-8")
@pytest.mark.parametrize(
    ("now", "opted_out", "verdict"),
    [
        (local(24, 10), False, ReminderVerdict.SEND),
        (local(24, 10), True, ReminderVerdict.OPTED_OUT),
        (local(24, 22), False, ReminderVerdict.POSTPONE),
        (local(27, 9, 59), False, ReminderVerdict.SEND),
        (local(27, 10, 1), False, ReminderVerdict.MISFIRED),
        (local(27, 22), True, ReminderVerdict.OPTED_OUT),
    ],
)
def test_a_due_reminder_is_judged_again_when_it_is_queued(
    now: datetime, opted_out: bool, verdict: ReminderVerdict
) -> None:
    """An opt-out outweighs everything, three days are too late, the night waits."""
    assert judge_reminder(local(24, 10), now, Rules(), SHANGHAI, opted_out=opted_out) is verdict


def test_the_hour_that_is_passed_twice_is_quiet_twice() -> None:
    """At 02:10 the second time, quiet until 02:30 means twenty minutes on, not forty back."""
    berlin, second_time = ZoneInfo("Europe/Berlin"), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)

    allowed = next_allowed(second_time, QuietHours(time(21), time(2, 30)), berlin)

    assert allowed == second_time + timedelta(minutes=20)


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", "../etc/passwd", "Asia", "\0"])
def test_an_unknown_zone_is_the_citys_own(name: str) -> None:
    """No name of a zone stops the texts to everybody else."""
    assert zone_of(name, Rules()) == SHANGHAI
    assert zone_of("Europe/Berlin", Rules()) == ZoneInfo("Europe/Berlin")
