"""What is published of a month: rates, points, and what was done in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.figures.month import Month
from gateway.domain.figures.punctuality import Timing, figures_of, outcome_of
from gateway.domain.figures.tallies import Tally
from gateway.domain.handling.acts import Acknowledge, Act, Overrule, Verdict
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.progress import DeadlineKind
from gateway.domain.levels import Level
from tests.unit.domain.handling.follow_up import (
    AGENCY,
    FOLLOW_UP,
    JUDGED_MISTAKEN,
    JUDGED_TRUE,
    OPENED_AT,
    RECTIFIED,
    RETURNED,
    called,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
LATER = OPENED_AT + timedelta(days=50)
Deeds = list[tuple[float, Act]]


@pytest.mark.requirement("R-14")
def test_rates_and_points_follow_the_plan() -> None:
    """Levels 1 to 3 are satisfied; points are 10, 8, 6, 3, 0; without ratings there is no rate."""
    tally = Tally({Level.VERY_SATISFIED: 2, Level.FAIRLY_SATISFIED: 1, Level.VERY_DISSATISFIED: 1})

    assert (tally.total, tally.satisfaction_rate, tally.points) == (4, 0.75, 6.5)
    assert (Tally().satisfaction_rate, Tally().points) == (None, None)


@pytest.mark.parametrize(
    ("month", "first", "after"),
    [("2026-11", "2026-11-01", "2026-12-01"), ("2026-12", "2026-12-01", "2027-01-01")],
)
def test_a_month_begins_and_ends_at_midnight_in_the_city(month: str, first: str, after: str) -> None:
    """Not at midnight in Greenwich."""
    since, until = Month.read(month).span(SHANGHAI)

    assert (since, until) == tuple(
        datetime.fromisoformat(day).replace(tzinfo=SHANGHAI) for day in (first, after)
    )
    assert since.astimezone(UTC).hour == 16


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-11", "2026-11-01", "0000-01", "0001-01", "9999-12"]
)
def test_other_months_are_refused(text: str) -> None:
    """A slip is told, not guessed at."""
    with pytest.raises(ValueError, match=r"month|year"):
        Month.read(text)


def history(*acts: tuple[float, Act]) -> list[FollowUpStep]:
    """What was done, each so many days after the opening."""
    return [
        FollowUpStep(number=n, at=OPENED_AT + timedelta(days=days), actor=AGENCY, act=act)
        for n, (days, act) in enumerate(acts, start=1)
    ]


@pytest.mark.requirement("R-14")
def test_what_was_done_by_its_deadline_is_on_time() -> None:
    """Taken on and called within the day, put right within three weeks."""
    done = history((0.2, Acknowledge()), (0.6, called(reached=True)), (1, JUDGED_TRUE), (20, RECTIFIED))

    outcome = outcome_of(FOLLOW_UP, done, OPENED_AT + timedelta(days=60))

    assert outcome.verdict is Verdict.TRUE
    assert set(outcome.timings.values()) == {Timing.ON_TIME}
    assert set(outcome.timings) == set(DeadlineKind)


@pytest.mark.requirement("R-14")
def test_what_was_done_late_or_not_at_all_is_late_and_what_has_time_is_open() -> None:
    """A call-back takes on what nobody had signed for; when it was written down counts, not what is typed."""
    late = history((2, called(reached=True, days=0.5)), (2.1, JUDGED_TRUE))

    outcome = outcome_of(FOLLOW_UP, late, OPENED_AT + timedelta(days=3))
    untouched = outcome_of(FOLLOW_UP, [], OPENED_AT + timedelta(days=3))
    fresh = outcome_of(FOLLOW_UP, [], OPENED_AT)

    assert outcome.timings == {
        DeadlineKind.ACKNOWLEDGE: Timing.LATE,
        DeadlineKind.CALL_BACK: Timing.LATE,
        DeadlineKind.RECTIFY: Timing.OPEN,
    }
    assert set(untouched.timings.values()) == {Timing.LATE}
    assert set(fresh.timings.values()) == {Timing.OPEN}


@pytest.mark.requirement("R-14")
def test_of_a_mistaken_rating_nothing_is_to_be_rectified() -> None:
    """Until the bureau overrules, by a deadline of its own; what it sends back is owed again."""
    mistaken: Deeds = [(0.5, called(reached=True)), (0.6, JUDGED_MISTAKEN)]
    due_by = OPENED_AT + timedelta(days=40)
    overruled: list[tuple[float, Act]] = [
        *mistaken,
        (5.0, Overrule(Verdict.TRUE, "录音证实", due_by)),
        (39.0, RECTIFIED),
    ]
    returned: list[tuple[float, Act]] = [
        *overruled,
        (41.0, replace(RETURNED, due_by=OPENED_AT + timedelta(days=50))),
    ]
    now = OPENED_AT + timedelta(days=45)

    assert DeadlineKind.RECTIFY not in outcome_of(FOLLOW_UP, history(*mistaken), now).timings
    assert outcome_of(FOLLOW_UP, history(*overruled), now).timings[DeadlineKind.RECTIFY] is Timing.ON_TIME
    assert outcome_of(FOLLOW_UP, history(*returned), now).timings[DeadlineKind.RECTIFY] is Timing.OPEN


@pytest.mark.requirement("R-14")
def test_what_is_sent_back_late_can_still_be_rectified_in_time__regression() -> None:
    """Its first deadline was over before anybody found it true."""
    returned = replace(RETURNED, due_by=OPENED_AT + timedelta(days=30))
    kept: Deeds = [
        (0.5, called(reached=True)),
        (0.6, JUDGED_MISTAKEN),
        (25.0, returned),
        (26.0, called(reached=True)),
        (26.1, JUDGED_TRUE),
    ]

    outcome = outcome_of(FOLLOW_UP, history(*kept, (29.0, RECTIFIED)), LATER)

    assert set(outcome.timings.values()) == {Timing.ON_TIME}
    assert outcome_of(FOLLOW_UP, history(*kept), LATER).timings[DeadlineKind.RECTIFY] is Timing.LATE


def test_the_sums_count_each_follow_up_once() -> None:
    """By verdict, by duty; the rate is of what is done or overdue."""
    kept = history((0.5, called(reached=True)), (0.6, JUDGED_MISTAKEN))
    now = OPENED_AT + timedelta(days=3)
    figures = figures_of([outcome_of(FOLLOW_UP, kept, now), outcome_of(FOLLOW_UP, [], now)])

    assert figures.opened == 2
    assert figures.verdicts == {Verdict.MISTAKEN: 1, None: 1}
    assert figures.on_time_rate(DeadlineKind.CALL_BACK) == 0.5
    assert figures_of([]).on_time_rate(DeadlineKind.CALL_BACK) is None
