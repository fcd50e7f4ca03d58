"""Turns are handed out at the rate, whatever is asked for, given back, or happens to the clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.pace import Rate, take_turns

SECOND = 1_000_000


@given(
    rate=st.builds(Rate, st.floats(0.1, 1000), st.integers(1, 50), st.booleans()),
    steps=st.lists(st.tuples(st.integers(0, SECOND), st.integers(0, 60), st.integers(0, 5)), max_size=60),
)
def test_never_more_than_the_burst_and_the_rate_allow(rate: Rate, steps: list[tuple[int, int, int]]) -> None:
    """Over every stretch from the beginning: granted <= burst + rate x elapsed."""
    now = elapsed = granted = 0
    paid_at: int | None = None
    for pause, wanted, spare in steps:
        now, elapsed = now + pause, elapsed + pause
        paid_at, turns = take_turns(paid_at, rate, now, wanted, spare=spare)
        granted += turns.granted
        assert 0 <= turns.granted <= wanted
        assert granted <= rate.burst + elapsed / rate.interval


@given(
    rate=st.builds(Rate, st.floats(0.1, 1000), st.integers(1, 50), st.booleans()),
    spare=st.integers(0, 60),
    used=st.integers(0, 5),
)
def test_the_wait_that_is_told_is_long_enough(rate: Rate, spare: int, used: int) -> None:
    """Whoever waits so long gets a turn, unless more is to be spared than there ever is."""
    paid_at, turns = take_turns(None, rate, 0, 100, spare=spare, used=used)
    later = round(turns.wait_seconds * SECOND)

    _, then = take_turns(paid_at, rate, later, 1, spare=spare)
    assert then.granted == (spare < rate.burst)


def test_a_clock_that_leaps_back_stops_nothing_for_long() -> None:
    """What another server's clock has written is believed for a minute at most."""
    rate = Rate(10, 2)
    paid_at, _ = take_turns(10**15, rate, 0, 1)

    assert take_turns(paid_at, rate, 61 * SECOND, 1)[1].granted == 1


@pytest.mark.parametrize(("per_second", "burst", "reserve"), [(0.5, 2, 1), (10, 2, 1), (100, 20, 10)])
def test_a_carrier_is_texted_evenly(per_second: float, burst: int, reserve: int) -> None:
    """No more at once than a fifth of a second brings, and half of it is for who cannot wait."""
    rate = Rate.of_carrier(per_second)

    assert (rate.burst, rate.reserve) == (burst, reserve)


def test_shares_add_up_to_the_rate() -> None:
    """Of nodes that know nothing of each other."""
    share = Rate(30, 6).share(3)

    assert (share.per_second, share.burst) == (10, 2)
    assert Rate(30, 6, starts_full=True).share(3).starts_full
