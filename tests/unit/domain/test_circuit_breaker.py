"""When a carrier is left alone, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.circuit_breaker import BreakerPolicy, BreakerState, CircuitBreaker

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
POLICY = BreakerPolicy()


def after(*outcomes: bool, every: timedelta = SECOND) -> tuple[CircuitBreaker, datetime]:
    """A breaker after these successes and failures, and the moment then."""
    breaker, now = CircuitBreaker(POLICY), NOW
    for good in outcomes:
        now += every
        breaker = breaker.succeeded(now) if good else breaker.failed(now)
    return breaker, now


def test_opens_after_enough_failures_in_a_window() -> None:
    """Not after one fewer, nor when they are spread over a longer time."""
    assert after(*[False] * 4)[0].state(NOW + 4 * SECOND) is BreakerState.CLOSED
    breaker, now = after(*[False] * 5)
    assert breaker.state(now) is BreakerState.OPEN
    breaker, now = after(*[False] * 20, every=timedelta(seconds=20))
    assert breaker.state(now) is BreakerState.CLOSED


def test_a_busy_carrier_may_fail_now_and_then() -> None:
    """Fewer failures than successes within a window leave it closed."""
    breaker, now = after(*[True, False, True] * 19, every=SECOND)
    assert breaker.state(now) is BreakerState.CLOSED


def test_a_pause_grows_with_each_failed_probe_up_to_its_limit() -> None:
    """30, 60, 120, 240, 300, 300 seconds."""
    breaker, now = after(*[False] * 5)
    pauses = []
    for _ in range(6):
        ready_at = breaker.next_probe_at(now)
        assert breaker.state(ready_at - SECOND) is BreakerState.OPEN
        assert breaker.state(ready_at) is BreakerState.HALF_OPEN
        pauses.append((ready_at - now).total_seconds())
        now = ready_at
        breaker = breaker.given(now)
        assert breaker.state(now) is BreakerState.OPEN, "one probe"
        breaker = breaker.failed(now)
    assert pauses == [30, 60, 120, 240, 300, 300]


def test_a_good_probe_closes_it_and_forgets_the_failures() -> None:
    """It then takes as many failures as at first to open again."""
    breaker, now = after(*[False] * 5)
    now = breaker.next_probe_at(now)
    breaker = breaker.given(now).succeeded(now)
    for _ in range(4):
        breaker = breaker.failed(now)
    assert breaker.state(now) is BreakerState.CLOSED


def test_what_was_under_way_when_it_opened_changes_nothing() -> None:
    """Only the probe tells how the carrier is now."""
    breaker, now = after(*[False] * 5)
    assert breaker.succeeded(now) == breaker
    assert breaker.failed(now) == breaker


def test_a_lost_probe_does_not_keep_a_carrier_away() -> None:
    """A process may lose the text that was the probe."""
    breaker, now = after(*[False] * 5)
    now = breaker.next_probe_at(now)
    breaker = breaker.given(now)
    assert breaker.next_probe_at(now) == now + POLICY.probe_patience
    assert breaker.state(now + POLICY.probe_patience) is BreakerState.HALF_OPEN


def test_a_clock_set_back_does_not_keep_a_carrier_away() -> None:
    """A pause that seems to begin in the future is over."""
    breaker, now = after(*[False] * 5)
    assert breaker.state(now - timedelta(days=1)) is BreakerState.HALF_OPEN
    probing = breaker.given(now + timedelta(minutes=1))
    assert probing.state(now - timedelta(days=1)) is BreakerState.HALF_OPEN


@given(st.lists(st.tuples(st.booleans(), st.integers(-90, 400)), max_size=60))
def test_whatever_happens_there_is_a_moment_to_try_again(steps: list[tuple[bool, int]]) -> None:
    """Never later than the longest pause or a lost probe's patience from now."""
    breaker, now = CircuitBreaker(POLICY), NOW
    for good, seconds in steps:
        now += timedelta(seconds=seconds)
        breaker = breaker.given(now)
        breaker = breaker.succeeded(now) if good else breaker.failed(now)
        retry_at = breaker.next_probe_at(now)
        assert now <= retry_at <= now + max(POLICY.longest_pause, POLICY.probe_patience)
        assert breaker.state(retry_at) is not BreakerState.OPEN
