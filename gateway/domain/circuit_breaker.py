"""When a carrier that keeps failing is left alone, and when it is tried again: data in, decision out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """How many failures are too many, and how long a carrier is left alone then."""

    window: timedelta = timedelta(minutes=1)
    """Outcomes are counted over windows of this length."""
    least_failures: int = 5
    share: float = 0.5
    """Of all outcomes in the window: a busy carrier may fail now and then."""
    first_pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(minutes=5)
    """Each failed probe doubles the pause up to this."""
    probe_patience: timedelta = timedelta(minutes=2)
    """When a probe that never told its outcome is thought lost."""


class BreakerState(Enum):
    """Whether a carrier is given texts."""

    CLOSED = "closed"
    """As many as there are."""
    HALF_OPEN = "half_open"
    """One, to see how it takes it."""
    OPEN = "open"
    """None."""


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """What is known of one carrier; every change makes a new one.

    Clocks may be set back: a moment that seems to lie ahead never keeps a carrier away.
    """

    policy: BreakerPolicy = BreakerPolicy()
    window_began_at: datetime | None = None
    successes: int = 0
    failures: int = 0
    opened_at: datetime | None = None
    """None while it is closed."""
    pause: timedelta = timedelta(0)
    probed_at: datetime | None = None
    """When the probe that is out was given; None when there is none."""

    def state(self, now: datetime) -> BreakerState:
        """Where it stands; a breaker whose probe is out takes nothing more."""
        if self.opened_at is None:
            return BreakerState.CLOSED
        if self.probed_at is not None:
            lost = not timedelta(0) <= now - self.probed_at < self.policy.probe_patience
            return BreakerState.HALF_OPEN if lost else BreakerState.OPEN
        resting = timedelta(0) <= now - self.opened_at < self.pause
        return BreakerState.OPEN if resting else BreakerState.HALF_OPEN

    def next_probe_at(self, now: datetime) -> datetime:
        """When it takes a text again, as far as can be told; now unless it is open."""
        if self.state(now) is not BreakerState.OPEN or self.opened_at is None:
            return now
        if self.probed_at is not None:
            return self.probed_at + self.policy.probe_patience
        return self.opened_at + self.pause

    def given(self, now: datetime) -> CircuitBreaker:
        """After a text was given to it: of a half-open one that is the probe."""
        return replace(self, probed_at=now) if self.state(now) is BreakerState.HALF_OPEN else self

    def succeeded(self, now: datetime) -> CircuitBreaker:
        """After the carrier took a text, or refused one for its number's sake: it is there."""
        if self.opened_at is None:
            counted = self._counting(now)
            return replace(counted, successes=counted.successes + 1)
        # What was under way when it opened tells nothing about now; the probe does.
        return self if self.probed_at is None else CircuitBreaker(self.policy)

    def failed(self, now: datetime) -> CircuitBreaker:
        """After a failure that is the carrier's own."""
        if self.opened_at is not None:
            return self if self.probed_at is None else self._opened(now)
        counted = self._counting(now)
        counted = replace(counted, failures=counted.failures + 1)
        enough = counted.failures >= self.policy.least_failures
        total = counted.failures + counted.successes
        return self._opened(now) if enough and counted.failures >= self.policy.share * total else counted

    def _counting(self, now: datetime) -> CircuitBreaker:
        began_at = self.window_began_at
        if began_at is not None and timedelta(0) <= now - began_at < self.policy.window:
            return self
        return CircuitBreaker(self.policy, window_began_at=now)

    def _opened(self, now: datetime) -> CircuitBreaker:
        pause = min(self.pause * 2, self.policy.longest_pause) or self.policy.first_pause
        return CircuitBreaker(self.policy, opened_at=now, pause=pause)
