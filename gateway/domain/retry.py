"""Whether and when a failed delivery is tried again: data in, decision out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.errors import FailureFacts

_MAX_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patiently one kind of delivery is repeated."""

    first_wait: timedelta
    longest_wait: timedelta
    give_up_after: timedelta | None
    """Age of the entry at which it is dead; None = never (a rating must reach the core store)."""
    repeat_unknown: bool
    """Whether a delivery that may have succeeded is repeated: only where the receiver deduplicates,
    or where twice is better than never."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at that time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Set aside for a person to look at."""

    reason: str


def decide_retry(
    policy: RetryPolicy,
    failure: FailureFacts,
    *,
    attempt: int,
    created_at: datetime,
    now: datetime,
    jitter: float,
) -> Retry | GiveUp:
    """Judge the failure of the `attempt`-th try (1 = the first).

    `jitter` is a random number in [0, 1) that the caller draws; the wait is half fixed, half random,
    doubles with each try and never undercuts the peer's Retry-After.
    """
    if failure.outcome_unknown and not policy.repeat_unknown:
        return GiveUp("outcome unknown; not repeated lest the person gets it twice")
    if not failure.retryable:
        return GiveUp(f"refused for good: {failure.code}")
    full = min(policy.first_wait * 2 ** min(attempt - 1, _MAX_DOUBLINGS), policy.longest_wait)
    wait = max(full * (0.5 + jitter / 2), failure.retry_after or timedelta(0))
    at = now + wait
    if policy.give_up_after is not None and at - created_at > policy.give_up_after:
        return GiveUp(f"still failing after {policy.give_up_after}: {failure.code}")
    return Retry(at)
