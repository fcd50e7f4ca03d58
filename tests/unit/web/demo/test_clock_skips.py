"""Skipping time in the demonstration."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.demo.clock_skips import skip_named

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from([ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/Lima")])


@given(now=MOMENTS, zone=ZONES)
def test_morning_is_the_next_nine_o_clock(now: datetime, zone: ZoneInfo) -> None:
    """Always ahead, always 9:00 on the city's clocks, never skipping a whole morning."""
    found = skip_named("morning", now, zone)

    assert found is not None
    landed = (now + found[0]).astimezone(zone)
    assert timedelta(0) < found[0] <= timedelta(hours=25)
    assert (landed.hour, landed.minute, landed.second, landed.microsecond) == (9, 0, 0, 0)


def test_a_night_in_which_clocks_are_changed_is_an_hour_shorter__regression() -> None:
    """Berlin's night into summer: 23 hours from nine to nine."""
    found = skip_named("morning", datetime(2026, 3, 28, 8, tzinfo=UTC), ZoneInfo("Europe/Berlin"))

    assert found is not None
    assert found[0] == timedelta(hours=23)


def test_a_morning_after_the_hour_was_set_back__regression() -> None:
    """The night is an hour longer than the clocks on the wall tell."""
    found = skip_named("morning", datetime(2027, 10, 30, 7, tzinfo=UTC), ZoneInfo("Europe/Berlin"))

    assert found is not None
    assert found[0] == timedelta(hours=25)


@pytest.mark.parametrize(("name", "hours"), [("1h", 1), ("24h", 24)])
def test_named_skips(name: str, hours: int) -> None:
    """One hour, and one day."""
    found = skip_named(name, datetime(2026, 11, 23, 2, tzinfo=UTC), ZoneInfo("Asia/Shanghai"))

    assert found is not None
    assert found[0] == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["", "25h", "-1h", "None"])
def test_other_names_are_none(name: str) -> None:
    """There is no way back, and none to anywhere else."""
    assert skip_named(name, datetime(2026, 11, 23, 2, tzinfo=UTC), ZoneInfo("Asia/Shanghai")) is None
