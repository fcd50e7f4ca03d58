"""What agencies, the bureau and citizens really did about follow-ups, noted by themselves.

Whatever is sent is signed with a mark of its own, so that it is known again in a history, a text or an email.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

_SIGNS: Final = "甲乙丙丁戊己庚辛壬癸"
"""Digits that nobody takes for a telephone number, or for a rating."""
_WIDTH: Final = 6
_MOVED_ON: Final = 303
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Told:
    """What the gateway answered to a form, when it was asked and when it answered."""

    asked_at: float
    at: float
    status: int


@dataclass(slots=True, kw_only=True)
class Deed:
    """One form, filled in once, however often it was sent."""

    mark: str
    follow_up_id: str
    by: str
    """The mailbox of an agency, or an officer."""
    form: str
    seen: int
    """How many steps the page showed."""
    is_allowed: bool = True
    """Whether it may be done, unless somebody else does something before."""
    told: list[Told] = field(default_factory=list)

    @property
    def done_as(self) -> int:
        """The status by which a page says that it was done."""
        return _SHOWN if self.form == "show_number" else _MOVED_ON

    @property
    def is_acknowledged(self) -> bool:
        """Whether anybody was told that it is done."""
        return any(told.status == self.done_as for told in self.told)


@dataclass(slots=True, kw_only=True)
class Reply:
    """What a citizen texted about the result of a follow-up, by its letter."""

    message_id: str
    citizen: str
    letter: str
    satisfied: bool
    acknowledged_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A text about a result, as a carrier took it."""

    reference: str
    citizen: str
    body: str
    letter: str
    asked_at: float
    """When the gateway began to hand it over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An email as a mailbox got it."""

    at: float
    message_id: str
    to: tuple[str, ...]
    subject: str
    follow_up_id: str
    """Empty of what is about none, or several."""


@dataclass(slots=True)
class HandlingLedger:
    """Everything that was done about follow-ups."""

    deeds: dict[str, Deed] = field(default_factory=dict)
    """By mark."""
    replies: dict[str, Reply] = field(default_factory=dict)
    """By the id of the text."""
    results: dict[str, Result] = field(default_factory=dict)
    """By reference."""
    results_of: dict[str, list[Result]] = field(default_factory=lambda: defaultdict(list))
    """The same by citizen."""
    letters: dict[str, list[Letter]] = field(default_factory=lambda: defaultdict(list))
    """By follow-up, each Message-ID once."""
    known_letters: set[str] = field(default_factory=set)
    _marks: int = 0

    def next_mark(self) -> str:
        """Signs that stand nowhere else."""
        self._marks += 1
        return "".join(_SIGNS[int(digit)] for digit in f"{self._marks:0{_WIDTH}d}")

    def fill_in(self, deed: Deed) -> Deed:
        """Somebody filled in a form."""
        self.deeds[deed.mark] = deed
        return deed

    def add_result(self, result: Result) -> bool:
        """A text about a result is on its way; whether it is for the first time."""
        if result.reference in self.results:
            return False
        self.results[result.reference] = result
        self.results_of[result.citizen].append(result)
        return True

    def add_letter(self, letter: Letter) -> bool:
        """An email arrived; a second copy is dropped by its Message-ID."""
        if letter.message_id in self.known_letters:
            return False
        self.known_letters.add(letter.message_id)
        self.letters[letter.follow_up_id].append(letter)
        return True
