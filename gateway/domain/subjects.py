"""What is rated: the service item 服务事项 or the staff member 服务人员 (R-2), alone or as a whole (R-6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class SubjectKind(Enum):
    """The two kinds of index of R-2."""

    ITEM = "item"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Subject:
    """The item or staff member that an evaluation speaks of."""

    kind: SubjectKind
    code: str
    """Item code or staff number of the business system; empty when it never told us (R-19)."""
    name: str


class Scope(Enum):
    """What one answer speaks of."""

    SERVICE = "service"
    """This very service; for a batch that is the whole batch (R-5)."""
    WHOLE = "whole"
    """The whole theme 一件事: applies to every linked item not rated separately (R-6)."""
