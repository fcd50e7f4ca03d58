"""Calls keep to their plan: their hours, their number, their waits, whatever comes of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.call_plan import CallOutcome, CallPlan, is_open, next_call_at, next_opening
from gateway.domain.rules import QuietHours
from gateway.domain.services import ServiceKind

ZONE = ZoneInfo("Asia/Shanghai")
QUIET = QuietHours(time(21), time(8))
PLAN = CallPlan(
    kinds=frozenset({ServiceKind.WINDOW}),
    after=timedelta(hours=2),
    closed=QuietHours(time(20), time(9)),
    tries=3,
    wait=timedelta(hours=3),
    wait_busy=timedelta(minutes=30),
)
BUSY, NO_ANSWER, MACHINE = CallOutcome.BUSY, CallOutcome.NO_ANSWER, CallOutcome.MACHINE


def at(clock: str, day: int = 23) -> datetime:
    """A moment of November 2026 by the city's clocks."""
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00+08:00")


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        (at("09:00"), at("09:00")),
        (at("19:59"), at("19:59")),
        (at("20:00"), at("09:00", 24)),
        (at("03:00"), at("09:00")),
    ],
)
def test_nobody_is_called_outside_of_the_hours(now: datetime, opening: datetime) -> None:
    """The end of the day is no moment for a call; the next morning is."""
    assert next_opening(now, PLAN, QUIET, ZONE) == opening


def test_quiet_hours_bind_calls_too() -> None:
    """Whichever of the two begins sooner and ends later; where they leave no hour, nobody is called."""
    late = QuietHours(time(18), time(10))
    assert next_opening(at("18:30"), PLAN, late, ZONE) == at("10:00", 24)

    never = QuietHours(time(8), time(21))
    assert next_opening(at("12:00"), PLAN, never, ZONE) is None


@pytest.mark.parametrize(
    ("made", "again"),
    [
        ([NO_ANSWER], at("13:00")),
        ([MACHINE], at("13:00")),
        ([CallOutcome.UNKNOWN], at("13:00")),
        ([BUSY], at("10:30")),
        ([NO_ANSWER, BUSY], at("10:30")),
        ([BUSY, BUSY, BUSY], None),
        ([NO_ANSWER] * 4, None),
        ([CallOutcome.REACHED], None),
        ([CallOutcome.FAILED], None),
    ],
)
def test_the_next_call_follows_from_what_came_of_the_last(
    made: list[CallOutcome], again: datetime | None
) -> None:
    """A busy line soon, an unanswered one later; who was reached, or cannot be, never."""
    assert next_call_at(PLAN, made, at("10:00"), QUIET, ZONE) == again


@pytest.mark.requirement("R-16")
@given(
    made=st.lists(st.sampled_from(CallOutcome), max_size=6),
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Urumqi", "Europe/Berlin", "America/New_York"]),
)
def test_never_more_than_the_plan(made: list[CallOutcome], moment: datetime, zone: str) -> None:
    """Whatever came of the calls: not more of them, not sooner, not at night, not after an answer."""
    again = next_call_at(PLAN, made, moment, QUIET, ZoneInfo(zone))

    if again is not None:
        assert len(made) < PLAN.tries
        assert CallOutcome.REACHED not in made
        assert again >= moment + PLAN.wait_busy
        assert is_open(again, PLAN, QUIET, ZoneInfo(zone))
