"""Watches the calls that the gateway places: by day, never unwanted, never more than planned."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.simulation.ledger import Violation, Visit
from gateway.simulation.reminder_watch import ReminderWatch

if TYPE_CHECKING:
    from gateway.application.ports.call_carrier import OutgoingCall
    from gateway.domain.call_plan import CallOutcome
    from gateway.settings.outbound import OutboundSettings
    from gateway.simulation.scene import Scene

_DAY: Final = 86400.0
_OPENS: Final = 9 * 3600.0
_CLOSES: Final = 20 * 3600.0
_UNDER_WAY: Final = 180.0
"""Seconds for which a call may be on its way from the last look at what is wanted to the carrier."""
_FORGOTTEN_AFTER: Final = 15 * 60.0
"""So long after its beginning nobody waits for what came of a call."""
_LONG_ENOUGH: Final = 5 * 3600.0
"""Of hours for calls, within which somebody is called whatever happens, if only in vain."""
_UNWANTED: Final = "nobody is called who opted out, has rated or was reminded"


@dataclass(slots=True)
class PlacedCall:
    """One call that the carrier took."""

    call_id: str
    call: OutgoingCall
    asked_at: float
    taken_at: float
    outcome: CallOutcome | None = None
    ended_at: float | None = None
    tells_at: float = 0.0
    """From when on the carrier says what came of it, once it is over."""
    was_led: bool = False
    """Whether the gateway answered whoever answered."""
    is_known: bool = False
    """Whether the gateway must know that somebody answered."""


@dataclass(slots=True)
class CallWatch:
    """Looks at each call as it is placed."""

    scene: Scene
    plan: OutboundSettings | None
    """None = nobody is called in this world."""
    reminders: ReminderWatch
    _asked: set[str] = field(default_factory=set)
    """Groups of visits about which a call was to be placed."""
    _made: defaultdict[str, list[PlacedCall]] = field(default_factory=lambda: defaultdict(list))
    """By group of visits."""
    _all: list[PlacedCall] = field(default_factory=list)

    def asked(self, call: OutgoingCall) -> None:
        """The gateway asks for a call, whatever comes of it."""
        self._asked.add(self._visit(call).group)

    def placed(self, placed: PlacedCall) -> None:
        """The carrier took a call."""
        visit = self._visit(placed.call)
        if self.plan is None:
            self._fail("nobody is called where that is switched off", visit.service_id, visit)
            return
        self._check_hour(placed, visit)
        self._check_wanted(placed, visit)
        made = self._made[visit.group]
        if len(made) >= self.plan.tries:
            self._fail("nobody is called more often than planned", f"{visit.group}: {len(made) + 1}", visit)
        if any(each.is_known for each in made):
            self._fail("whoever answered is not called again", visit.group, visit)
        self._check_others(placed, visit, self.plan.most_at_once)
        made.append(placed)
        self._all.append(placed)

    def _check_hour(self, placed: PlacedCall, visit: Visit) -> None:
        slack, local = self.scene.worst_skew + 1, placed.taken_at % _DAY
        if not _OPENS - slack <= local <= _CLOSES + slack + _UNDER_WAY:
            self._fail("nobody is called at night", f"called at {local / 3600:.3f} h", visit)

    def _check_wanted(self, placed: PlacedCall, visit: Visit) -> None:
        before = placed.asked_at - _UNDER_WAY - self.scene.worst_skew
        opted_out = self.scene.ledger.opted_out.get(visit.citizen)
        if opted_out is not None and opted_out < before:
            self._fail(_UNWANTED, f"{visit.citizen} had opted out", visit)
        if self.reminders.all_rated(self._group(visit), before):
            self._fail(_UNWANTED, f"{visit.group} was rated", visit)
        if self.reminders.reminded_at.get(visit.group, before) < before:
            self._fail(_UNWANTED, f"{visit.group} had its reminder", visit)

    def _check_others(self, placed: PlacedCall, visit: Visit, most_at_once: int) -> None:
        under_way = [
            each
            for each in self._all
            if each.ended_at is None and each.asked_at > placed.asked_at - _FORGOTTEN_AFTER
        ]
        if len(under_way) >= most_at_once:
            self._fail("no more calls at once than there are lines", f"{len(under_way) + 1}", visit)
        if any(each.call.to == placed.call.to for each in under_way):
            self._fail("one call to a person at a time", visit.citizen, visit)

    def judge(self) -> None:
        """Whoever was to be called was, where there was time enough; raises the first Violation."""
        if self.plan is None:
            return
        after, heard_of = self.plan.after.total_seconds(), self._heard_of()
        for visit in self.scene.ledger.visits.values():
            if visit.known_at is None or visit.completed_at is None or visit.service_id.startswith("call-"):
                continue
            if visit.citizen in heard_of or visit.group in self._asked or visit.kind not in self.plan.kinds:
                continue
            earliest = max(visit.completed_at + after, visit.known_at) + 2 * self.scene.worst_skew
            opens = earliest + max(0.0, _OPENS - earliest % _DAY)
            until = min(visit.completed_at + _DAY, opens - opens % _DAY + _CLOSES)
            if until - opens > _LONG_ENOUGH:
                raise Violation("who is to be called is called", f"{visit.group} never was", visit.citizen)

    def _heard_of(self) -> set[str]:
        """Who was called for other reasons, or not: they rated, opted out, or have several occasions."""
        ledger = self.scene.ledger
        known = {given.citizen for given in ledger.given.values()} | ledger.opting_out.keys()
        known |= {told.visit.citizen for told in ledger.elsewhere}
        groups: defaultdict[str, set[str]] = defaultdict(set)
        for visit in ledger.visits.values():
            groups[visit.citizen].add(visit.group)
        return known | {citizen for citizen, several in groups.items() if len(several) > 1}

    def _visit(self, call: OutgoingCall) -> Visit:
        return self.scene.ledger.visits[call.service_id, call.visit_no]

    def _group(self, visit: Visit) -> list[Visit]:
        return self.scene.ledger.of_group[visit.group]

    def _fail(self, promise: str, what: str, visit: Visit) -> None:
        self.scene.break_promise(Violation(promise, what, visit.citizen))
