"""Retry decisions are data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import FailureFacts
from gateway.domain.retry import GiveUp, Retry, RetryPolicy, decide_retry

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PATIENT = RetryPolicy(timedelta(seconds=1), timedelta(minutes=5), None, repeat_unknown=True)
ONCE = RetryPolicy(timedelta(seconds=1), timedelta(minutes=5), timedelta(days=1), repeat_unknown=False)


def decide(policy: RetryPolicy, facts: FailureFacts, attempt: int = 1, jitter: float = 0.0) -> Retry | GiveUp:
    return decide_retry(policy, facts, attempt=attempt, created_at=NOW, now=NOW, jitter=jitter)


@pytest.mark.parametrize(
    ("attempt", "jitter", "seconds"),
    [(1, 0.0, 0.5), (1, 0.999, 1.0), (2, 0.0, 1.0), (5, 0.0, 8.0), (60, 0.0, 150.0)],
)
def test_the_wait_doubles_up_to_a_ceiling(attempt: int, jitter: float, seconds: float) -> None:
    """Half of it is fixed, half is drawn."""
    decision = decide(PATIENT, FailureFacts("503", retryable=True), attempt, jitter)

    assert isinstance(decision, Retry)
    assert (decision.at - NOW).total_seconds() == pytest.approx(seconds, abs=0.01)


@given(st.integers(1, 10_000), st.floats(0, 0.999), st.integers(0, 86_400))
def test_retry_after_is_never_undercut_and_a_patient_policy_never_gives_up(
    attempt: int, jitter: float, asked: int
) -> None:
    """Whatever the attempt, a rating keeps trying, and later than the store asked for."""
    facts = FailureFacts("429", retryable=True, retry_after=timedelta(seconds=asked))

    decision = decide(PATIENT, facts, attempt, jitter)

    assert isinstance(decision, Retry)
    assert decision.at - NOW >= timedelta(seconds=asked)
    assert decision.at - NOW <= timedelta(seconds=max(asked, 300))


def test_what_is_refused_for_good_is_given_up() -> None:
    """A 4xx is shown to people instead of being repeated."""
    assert isinstance(decide(PATIENT, FailureFacts("422", retryable=False)), GiveUp)


def test_an_unknown_outcome_is_repeated_only_where_twice_is_harmless() -> None:
    """The core store deduplicates; a reminder would arrive twice."""
    unknown = FailureFacts("timeout", retryable=True, outcome_unknown=True)

    assert isinstance(decide(PATIENT, unknown), Retry)
    assert isinstance(decide(ONCE, unknown), GiveUp)


def test_an_entry_that_would_be_too_old_is_given_up() -> None:
    """Age counts from the creation to the next try."""
    facts = FailureFacts("503", retryable=True, retry_after=timedelta(days=2))

    assert isinstance(decide(ONCE, facts), GiveUp)
