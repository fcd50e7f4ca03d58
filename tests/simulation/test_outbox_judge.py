"""When a delivery that waits is a broken promise: not where it was owed but a moment ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.simulation.judges import _judge_outbox
from gateway.simulation.ledger import Violation

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)


def judged(owed_before: timedelta) -> None:
    """Judges come at noon, and find a list that was owed so long before."""
    scene: Any = SimpleNamespace(moment=NOON)
    row = SimpleNamespace(key="digest:20261127::reader", created_at=NOON - owed_before)
    found: Any = SimpleNamespace(pending=[row], dead=[], unended_calls=0, reminder_waits=False)
    _judge_outbox(scene, found)


def test_what_was_owed_but_a_moment_ago_does_not_wait_forever__regression() -> None:
    """The day's lists are written at noon too, and a world of half a day ends then."""
    judged(timedelta(seconds=0.03))


def test_what_was_owed_long_ago_and_still_waits_is_noticed() -> None:
    """Everything has worked for days."""
    with pytest.raises(Violation, match="nothing waits forever"):
        judged(timedelta(minutes=2))
