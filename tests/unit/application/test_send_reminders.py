"""Reminders are judged once each, and none stays due."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from gateway.adapters.clock import MovableClock
from gateway.application.essentials import Essentials
from gateway.application.send_reminders import SendReminders
from gateway.domain.invitations import ReminderState
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.unit.domain.test_matching import NOW, invitation


def test_one_whose_number_is_gone_is_settled(clock: MovableClock) -> None:
    """Left due, it would be asked for again and again without a pause."""
    nothing: Any = None
    reminders = SendReminders(Essentials(nothing, clock, Rules(), Metrics()), nothing)
    due = invitation("erased", reminder=ReminderState.WAITING, remind_at=NOW)

    entries, (settled,) = reminders._judge([due], frozenset(), defaultdict(list), frozenset(), NOW)

    assert entries == []
    assert (settled.reminder, settled.remind_at) == (ReminderState.NONE, None)
