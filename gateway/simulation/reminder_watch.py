"""Watches what reaches handsets: one reminder per person and visit, by day, never unwanted (R-8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from gateway.simulation.handsets import Citizen
from gateway.simulation.ledger import ITEM, Violation, Visit
from gateway.simulation.scene import Scene
from gateway.simulation.sms_carrier import Text

_REMINDER: Final = "已办结"
_CLARIFICATION: Final = "没有看懂"
_LETTERS: Final = "ABCEFGHJKLMP"
_QUIET_FROM, _QUIET_TO = 21 * 3600, 8 * 3600
_DAY: Final = 86400.0
UNDER_WAY: Final = 60.0
"""Seconds for which a text may be on its way from the last look at the citizen's wishes to the carrier."""


def is_by_day(at: float, slack: float) -> bool:
    """Whether citizens may be texted then of our own accord, as a clock says that is off by so much."""
    return _QUIET_TO - slack <= at % _DAY <= _QUIET_FROM + slack


def hour_of_night(text: Text, at: float, slack: float) -> str:
    """When the text was sent, or arrived at `at`, in quiet hours; empty where neither."""
    if not is_by_day(text.taken_at, slack):
        return f"sent at {text.taken_at % _DAY / 3600:.3f} h"
    return "" if is_by_day(at, slack) else f"arrives at {at % _DAY / 3600:.3f} h"


class ReminderWatch:
    """Looks at each text as it arrives."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.reminded: Counter[str] = Counter()
        """Reminders by group of visits."""
        self.reminded_at: dict[str, float] = {}
        """When the first of them was handed over."""

    def arrived(self, citizen: Citizen, text: Text, at: float) -> str | None:
        """The letter to answer with (empty = none) where the text asks for a rating; else None."""
        kind = "reminder" if _REMINDER in text.body else "text"
        self._scene.note(citizen.name, f"gets {text.body}", f"{kind}s received")
        if kind == "reminder":
            self._check(citizen, text, at)
        if kind == "reminder" or _CLARIFICATION in text.body:
            return next((letter for letter in _LETTERS if f"{letter}1非常满意" in text.body), "")
        return None

    def _check(self, citizen: Citizen, text: Text, at: float) -> None:
        named = [v for v in citizen.visits if f"“{v.item_name}”" in text.body]
        # Of several visits of one service the last is meant, which finished it.
        visits = [v for v in named if v.completed_at is not None] or named
        if not visits:
            self._fail("reminders are about one's own visits", f"{citizen.name} was not there", citizen)
            return
        group = visits[0].group
        self.reminded[group] += 1
        self.reminded_at.setdefault(group, text.asked_at)
        if self.reminded[group] > 1:
            self._fail("at most one reminder per person and visit", f"{group} got another", citizen)
        self._check_hour(citizen, text, at)
        slack = UNDER_WAY + self._scene.worst_skew
        opted_out = self._scene.ledger.opted_out.get(citizen.name)
        if opted_out is not None and opted_out + slack < text.asked_at:
            self._fail("no reminder after an opt-out", group, citizen)
        if self.all_rated([v for v in citizen.visits if v.group == group], text.asked_at - slack):
            self._fail("no reminder after a rating", group, citizen)
        finished = [v.completed_at for v in citizen.visits if v.group == group and v.completed_at is not None]
        # The clock that noted the completion and the one that looks may be off in both directions.
        if not finished or min(finished) + _DAY - 2 * self._scene.worst_skew - 1 > text.taken_at:
            self._fail("a reminder comes a day after completion", f"{group} got it early", citizen)

    def _check_hour(self, citizen: Citizen, text: Text, at: float) -> None:
        """Neither sent at night, by the slowest clock, nor brought then to a handset that was off before."""
        if night := hour_of_night(text, at, self._scene.worst_skew + 1):
            self._fail("no reminder in quiet hours", night, citizen)

    def all_rated(self, visits: Sequence[Visit], before: float) -> bool:
        """Whether the gateway knew by then that nothing of a group is left to rate."""
        citizen = visits[0].citizen
        rated = {
            key
            for given in self._scene.ledger.given_by[citizen]
            if given.subject == ITEM and len(given.visits) == 1
            if not self._scene.may_answer_result(given)
            if given.acknowledged_at is not None and given.acknowledged_at < before
            for key in given.visits
        }
        rated |= {
            told.visit.key
            for told in self._scene.ledger.elsewhere_by[citizen]
            if told.acknowledged_at is not None and told.acknowledged_at < before
        }
        if any(v.is_batch for v in visits):
            # What was rated before its report is not known to belong to the others.
            known = [v for v in visits if v.reported_at is not None and v.reported_at < before]
            return any(v.key in rated for v in known)
        return all(v.key in rated for v in visits)

    def _fail(self, promise: str, what: str, citizen: Citizen) -> None:
        self._scene.break_promise(Violation(promise, what, citizen.name))
