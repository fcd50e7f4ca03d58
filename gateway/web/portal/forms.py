"""What somebody filled in, read as an act; what is missing is told in their words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, TypeAlias

from gateway.domain.handling.acts import (
    Acknowledge,
    Act,
    CallBack,
    Comment,
    Judge,
    PlayRecording,
    Rectify,
    ShowNumber,
    TellCitizen,
    Verdict,
    Way,
)
from gateway.domain.plain_text import one_line, printable, storable

Fields: TypeAlias = Mapping[str, str]

LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class FormFault:
    """What is wrong with a form, and with which of its fields."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that says something."""

    act: Act
    handler: str
    """Who signs for it."""
    seen: int
    """How many steps the page showed on which it was filled in."""
    confirmed: str | None = None
    """The text to the citizen that was shown and approved; empty where they get none."""


class _Faulty(ValueError):  # noqa: N818 - never leaves this module
    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.fault = FormFault(field, zh, en)


def read_form(fields: Fields, zone: tzinfo) -> Filled | FormFault:
    """What the form says; moments in it are of the city's `zone`."""
    read = _ACTS.get(fields.get("act", ""))
    if read is None:
        return FormFault("act", "不知道要办理什么，请刷新页面后重试", "reload the page and try again")
    try:
        return Filled(read(fields, zone), _handler(fields), _seen(fields), fields.get("confirmed"))
    except _Faulty as faulty:
        return faulty.fault


def _call_back(fields: Fields, zone: tzinfo) -> CallBack:
    reached = fields.get("reached", "")
    if reached not in {"yes", "no"}:
        raise _Faulty("reached", "请选择是否联系上评价人", "say whether the citizen was reached")
    return CallBack(reached == "yes", _moment(fields, zone), _words(fields, "words"))


def _judge(fields: Fields, _zone: tzinfo) -> Judge:
    try:
        verdict = Verdict(fields.get("verdict", ""))
    except ValueError:
        raise _Faulty("verdict", "请选择核实结论", "choose what you found") from None
    return Judge(verdict, _words(fields, "reasons"))


def _rectify(fields: Fields, _zone: tzinfo) -> Rectify:
    return Rectify(_words(fields, "words"), _words(fields, "answer"))


_ACTS: Final[Mapping[str, Callable[[Fields, tzinfo], Act]]] = {
    "acknowledge": lambda _fields, _zone: Acknowledge(),
    "call_back": _call_back,
    "judge": _judge,
    "rectify": _rectify,
    "tell": lambda fields, _zone: TellCitizen(Way.CALL, _words(fields, "words")),
    "comment": lambda fields, _zone: Comment(_words(fields, "words")),
    "show_number": lambda _fields, _zone: ShowNumber(),
    "play_recording": lambda _fields, _zone: PlayRecording(),
}


def _words(fields: Fields, name: str) -> str:
    """What was written, without anything that could not be seen on paper."""
    return printable(storable(fields.get(name, ""))).strip()


def read_signature(fields: Fields) -> str | FormFault:
    """Who signs for a file."""
    try:
        return _handler(fields)
    except _Faulty as faulty:
        return faulty.fault


def _handler(fields: Fields) -> str:
    name = one_line(storable(fields.get("handler", "")))
    if not name or len(name) > LONGEST_NAME:
        raise _Faulty("handler", f"请填写经办人姓名（不超过{LONGEST_NAME}字）", "write who handles this")
    return name


def _seen(fields: Fields) -> int:
    seen = fields.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) <= len("999999")):
        raise _Faulty("seen", "页面不完整，请刷新后重试", "reload the page and try again")
    return int(seen)


def _moment(fields: Fields, zone: tzinfo) -> datetime:
    """As `<input type="datetime-local">` sends it; old browsers let people type it."""
    try:
        moment = datetime.fromisoformat(fields.get("called_at", "").strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise _Faulty(
            "called_at", "回访时间请写成 2026-11-24 15:30 的样子", "write the time as 2026-11-24 15:30"
        )
    return moment.replace(tzinfo=zone)
