"""What an officer filled in about a follow-up, read as an act."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.domain.agencies import Department
from gateway.domain.handling.acts import (
    Act,
    Close,
    Comment,
    Overrule,
    PlayRecording,
    Refer,
    Return,
    SpotCheck,
    Verdict,
)
from gateway.domain.handling.progress import Progress
from gateway.domain.plain_text import printable, storable
from gateway.domain.rules import Rules
from gateway.domain.working_time import add_working_days

_RESULT: Final = ("请选择抽查结果。", "Choose what the check found.")
_DEPARTMENT: Final = ("请选择移送的部门。", "Choose a department.")
LONGEST_TERM: Final = 60
"""Working days that the bureau may give."""
_RELOAD: Final = ("页面不完整，请刷新后重试。", "Reload the page and try again.")
_VERDICT: Final = ("请选择改判的结论。", "Choose the verdict.")
_TERM: Final = (f"期限请填1至{LONGEST_TERM}个工作日。", f"Give 1 to {LONGEST_TERM} working days.")

Fault = tuple[str, str]
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that says something."""

    act: Act
    seen: int
    """How many steps the page showed on which it was filled in."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What forms are read with."""

    rules: Rules
    now: datetime
    progress: Progress
    departments: Mapping[str, Department]
    """To which violations may be referred."""

    def due_by(self, days: int) -> datetime:
        """The end of so many working days from now."""
        return add_working_days(self.now, days, self.rules.calendar, self.rules.timezone)


def read_form(fields: Fields, desk: Desk) -> Filled | Fault:
    """What the form says, or what is missing in it, in the officer's words."""
    seen = fields.get("seen", "")
    read = _ACTS.get(fields.get("act", ""))
    if read is None or not (seen.isascii() and seen.isdigit() and len(seen) <= len("999999")):
        return _RELOAD
    act = read(fields, desk)
    return act if isinstance(act, tuple) else Filled(act, int(seen))


def term_of(desk: Desk) -> int:
    """How many working days the rules give for what is sent back."""
    verdict = desk.progress.verdict
    found_true = verdict is not None and verdict.is_adopted
    return desk.rules.rectify_working_days if found_true else desk.rules.callback_working_days


def _return(fields: Fields, desk: Desk) -> Return | Fault:
    days = _days(fields, term_of(desk))
    return _TERM if days is None else Return(_words(fields, "why"), desk.due_by(days))


def _overrule(fields: Fields, desk: Desk) -> Overrule | Fault:
    try:
        verdict = Verdict(fields.get("verdict", ""))
    except ValueError:
        return _VERDICT
    days = _days(fields, desk.rules.rectify_working_days)
    return _TERM if days is None else Overrule(verdict, _words(fields, "why"), desk.due_by(days))


def _spot_check(fields: Fields, _desk: Desk) -> SpotCheck | Fault:
    passed = fields.get("passed", "")
    if passed not in {"yes", "no"}:
        return _RESULT
    return SpotCheck(storable(fields.get("sample", ""))[:32], passed == "yes", _words(fields, "words"))


def _refer(fields: Fields, desk: Desk) -> Refer | Fault:
    code = fields.get("department", "")
    return Refer(code, _words(fields, "words")) if code in desk.departments else _DEPARTMENT


_ACTS: Final[Mapping[str, Callable[[Fields, Desk], Act | Fault]]] = {
    "return": _return,
    "overrule": _overrule,
    "play_recording": lambda _fields, _desk: PlayRecording(),
    "close": lambda fields, _: Close(_words(fields, "why")),
    "spot_check": _spot_check,
    "refer": _refer,
    "comment": lambda fields, _: Comment(_words(fields, "words")),
}


def _words(fields: Fields, name: str) -> str:
    return printable(storable(fields.get(name, ""))).strip()


def _days(fields: Fields, otherwise: int) -> int | None:
    given = fields.get("days", "").strip()
    if not given:
        return otherwise
    fits = given.isascii() and given.isdigit() and len(given) <= len(str(LONGEST_TERM))
    return int(given) if fits and 1 <= int(given) <= LONGEST_TERM else None
