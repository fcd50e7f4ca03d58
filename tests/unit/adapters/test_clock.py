"""The machine's clock and the one that the demonstration moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.clock import MovableClock, SystemClock

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class HandClock:
    """A base clock set by hand."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """What it was set to."""
        return self.moment


def test_the_machines_clock_is_aware_and_in_utc() -> None:
    """Two looks at the clock are in UTC and in order."""
    clock = SystemClock()
    first = clock.now()

    assert first.utcoffset() == timedelta(0)
    assert clock.now() >= first


def test_it_runs_with_its_base() -> None:
    """Without a start it shows the base's time and runs at its pace."""
    base = HandClock(START)
    clock = MovableClock(None, base)
    base.moment += timedelta(seconds=90)

    assert clock.now() == START + timedelta(seconds=90)


def test_it_starts_where_it_is_told() -> None:
    """A start in another zone is shown in UTC and runs on from there."""
    base = HandClock(START)
    clock = MovableClock(datetime(2026, 2, 1, 8, 0, tzinfo=timezone(timedelta(hours=8))), base)
    base.moment += timedelta(minutes=5)

    assert clock.now() == datetime(2026, 2, 1, 0, 5, tzinfo=UTC)
    assert clock.now().tzinfo is UTC


def test_a_start_without_zone_is_refused() -> None:
    """A naive start would be off by hours, so it is an error."""
    with pytest.raises(ValueError, match="time zone"):
        MovableClock(datetime(2026, 2, 1, 8, 0), SystemClock())


def test_it_can_skip_a_day() -> None:
    """Moving it by 24 hours shows the next day at the same time."""
    clock = MovableClock(None, HandClock(START))

    assert clock.advance(timedelta(hours=24)) == START + timedelta(days=1)


def test_it_cannot_be_moved_back() -> None:
    """A negative step is refused and changes nothing."""
    clock = MovableClock(None, HandClock(START))

    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
    assert clock.now() == START


@given(
    st.lists(
        st.tuples(
            st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=2)),
            st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2)),
        ),
        max_size=20,
    )
)
def test_it_never_goes_backwards(steps: list[tuple[timedelta, timedelta]]) -> None:
    """However the base is set back and forth, what it shows never decreases and every step counts."""
    base = HandClock(START)
    clock = MovableClock(None, base)
    shown = clock.now()
    for base_step, own_step in steps:
        base.moment += base_step
        clock.advance(own_step)
        assert clock.now() >= shown
        shown = clock.now()
    assert shown >= base.moment + sum((own for _, own in steps), timedelta(0))
