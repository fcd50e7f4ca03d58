"""What a branch, or a prompt that is only said at times, can ask of a call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from gateway.domain.flow.session import Session
    from gateway.domain.subjects import SubjectKind


@dataclass(frozen=True, slots=True)
class VariableIs:
    """The call's variable has this value."""

    variable: str
    value: str

    def holds(self, session: Session) -> bool:
        """Whether it is so in this call."""
        return session.variable(self.variable) == self.value

    def __str__(self) -> str:
        return f"{self.variable} is {self.value}"


@dataclass(frozen=True, slots=True)
class LastRatingBad:
    """The rating given last is bad."""

    def holds(self, session: Session) -> bool:
        """Whether it is so in this call; no rating is not bad."""
        return bool(session.ratings) and session.ratings[-1][1].is_bad

    def __str__(self) -> str:
        return "last rating is bad"


@dataclass(frozen=True, slots=True)
class AnyRatingBad:
    """One of the ratings of this call is bad."""

    def holds(self, session: Session) -> bool:
        """Whether it is so in this call."""
        return any(level.is_bad for _, level in session.ratings)

    def __str__(self) -> str:
        return "any rating is bad"


@dataclass(frozen=True, slots=True)
class SubjectRated:
    """The subject has been rated in this call."""

    subject: SubjectKind

    def holds(self, session: Session) -> bool:
        """Whether it is so in this call."""
        return any(subject is self.subject for subject, _ in session.ratings)

    def __str__(self) -> str:
        return f"{self.subject.value} is rated"


Condition: TypeAlias = VariableIs | LastRatingBad | AnyRatingBad | SubjectRated
