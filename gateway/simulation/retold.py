"""A history retold by the policy alone (R-10 to R-13): which act may follow which, whose it is, what is owed.

Not the gateway's own table (`domain.handling.moves`): what that allows is judged by this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import Enum
from typing import Final

from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import (
    Acknowledge,
    Act,
    ActorKind,
    CallBack,
    Close,
    InformBureau,
    Judge,
    Overrule,
    Rectify,
    Return,
    TellCitizen,
)
from gateway.domain.handling.history import FollowUpStep


class Stand(Enum):
    """How far the handling has come."""

    OPENED = "opened"
    TAKEN_ON = "taken on"
    HEARD = "heard"
    RECTIFYING = "rectifying"
    RECTIFIED = "rectified"
    TOLD = "told"
    NOT_ADOPTED = "not adopted"
    INFORMED = "bureau informed"
    CLOSED = "closed"


class Duty(Enum):
    """What an agency owes."""

    TAKE_ON = "take it on"
    CALL_BACK = "call back"
    RECTIFY = "rectify"


_OWED: Final = {
    Stand.OPENED: Duty.TAKE_ON,
    Stand.TAKEN_ON: Duty.CALL_BACK,
    Stand.HEARD: Duty.RECTIFY,
    Stand.RECTIFYING: Duty.RECTIFY,
}
_FOUND: Final = frozenset(
    {Stand.RECTIFYING, Stand.RECTIFIED, Stand.TOLD, Stand.NOT_ADOPTED, Stand.INFORMED, Stand.CLOSED}
)
_WHOSE: Final = {
    Acknowledge: ActorKind.AGENCY,
    CallBack: ActorKind.AGENCY,
    Judge: ActorKind.AGENCY,
    Rectify: ActorKind.AGENCY,
    InformBureau: ActorKind.SYSTEM,
    Return: ActorKind.BUREAU,
    Overrule: ActorKind.BUREAU,
    Close: ActorKind.BUREAU,
}
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time for which something was owed."""

    duty: Duty
    deadline: datetime
    since: datetime
    until: datetime | None
    """None = it still is."""


@dataclass(slots=True)
class Retold:
    """What a history amounts to."""

    follow_up: FollowUp
    zone: tzinfo
    stand: Stand = Stand.OPENED
    adopted: bool = True
    owed: list[Stretch] = field(default_factory=list)
    wrong: str = ""
    """The first step that does not follow from those before it."""
    stands_since: datetime | None = None
    _tries: list[datetime] = field(default_factory=list)
    _found_true: bool = True

    def tell(self, history: Sequence[FollowUpStep]) -> Retold:
        """Go through it, step by step."""
        by = {
            Duty.TAKE_ON: self.follow_up.acknowledge_by,
            Duty.CALL_BACK: self.follow_up.call_back_by,
            Duty.RECTIFY: self.follow_up.rectify_by,
        }
        begun: tuple[Duty, datetime, datetime] | None = None
        begun = Duty.TAKE_ON, by[Duty.TAKE_ON], self.follow_up.opened_at
        for place, step in enumerate(history, start=1):
            whose = _WHOSE.get(type(step.act))
            following = self._following(step.act)
            if step.number != place or following is None or (whose and step.actor.kind is not whose):
                self.wrong = self.wrong or f"step {place}, {step.act.kind.value} at {self.stand.value}"
                return self
            self._note(step.act, following)
            if isinstance(step.act, Return | Overrule):
                self._set_deadlines(by, step.act, following)
            if following is not self.stand:
                self.stand, self.stands_since = following, step.at
            duty = _OWED.get(self.stand)
            now = None if duty is None else (duty, by[duty])
            if now != (begun[:2] if begun else None):
                if begun:
                    self.owed.append(Stretch(*begun, until=step.at))
                begun = None if now is None else (*now, step.at)
        if begun:
            self.owed.append(Stretch(*begun, until=None))
        return self

    @staticmethod
    def _set_deadlines(by: dict[Duty, datetime], act: Return | Overrule, following: Stand) -> None:
        if following is Stand.RECTIFYING:
            by[Duty.RECTIFY] = act.due_by
        elif isinstance(act, Return):
            # Who is sent to call back may find it true, which cannot have been due before.
            by[Duty.CALL_BACK], by[Duty.RECTIFY] = act.due_by, max(by[Duty.RECTIFY], act.due_by)

    def _note(self, act: Act, following: Stand) -> None:
        match act:
            case CallBack(called_at=called_at):
                self._tries.append(called_at)
            case Judge(verdict=verdict) | Overrule(verdict=verdict):
                self.adopted = self._found_true = verdict.is_adopted
            case Return():
                self.adopted = True
                if following is Stand.TAKEN_ON:
                    self._tries.clear()

    def _following(self, act: Act) -> Stand | None:
        """Where the act leads; None where it does not follow."""
        at = self.stand
        match act:
            case Acknowledge():
                return Stand.TAKEN_ON if at is Stand.OPENED else None
            case CallBack(reached=reached):
                if at not in {Stand.OPENED, Stand.TAKEN_ON, Stand.HEARD}:
                    return None
                return Stand.HEARD if reached or at is Stand.HEARD else Stand.TAKEN_ON
            case Judge(verdict=verdict):
                if not self._may_judge():
                    return None
                return Stand.RECTIFYING if verdict.is_adopted else Stand.NOT_ADOPTED
            case Rectify():
                return Stand.RECTIFIED if at is Stand.RECTIFYING else None
            case _:
                return self._after_telling(act)

    def _after_telling(self, act: Act) -> Stand | None:
        """Where it leads that somebody is told."""
        at = self.stand
        match act:
            case TellCitizen() if at not in _FOUND or at is Stand.RECTIFYING:
                return None
            case TellCitizen():
                return Stand.TOLD if at is Stand.RECTIFIED else at
            case InformBureau():
                return Stand.INFORMED if at is Stand.NOT_ADOPTED else None
            case _:
                return self._after_bureau(act)

    def _after_bureau(self, act: Act) -> Stand | None:
        """Where it leads what the bureau decides."""
        at = self.stand
        match act:
            case Return() if at not in _FOUND or at is Stand.RECTIFYING:
                return None
            case Return():
                return Stand.RECTIFYING if self._found_true else Stand.TAKEN_ON
            case Overrule(verdict=verdict):
                if at not in _FOUND:
                    return None
                return Stand.RECTIFYING if verdict.is_adopted else Stand.INFORMED
            case Close():
                return Stand.CLOSED if at in {Stand.TOLD, Stand.INFORMED} else None
            case _:
                return at

    def _may_judge(self) -> bool:
        """Not before the citizen was heard, or was tried for three times on more than one day."""
        days = {tried.astimezone(self.zone).date() for tried in self._tries}
        return self.stand is Stand.HEARD or (
            self.stand is Stand.TAKEN_ON and len(self._tries) >= _TRIES and len(days) > 1
        )
