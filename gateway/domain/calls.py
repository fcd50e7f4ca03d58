"""How a rating call ended, told from what happened in it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.subjects import SubjectKind


class CallEnding(Enum):
    """The endings of a rating call; only RATED and PARTIAL hold a rating."""

    RATED = "rated"
    """Everything that was asked was rated."""
    PARTIAL = "partial"
    """Something was rated, not all."""
    ABANDONED = "abandoned"
    """The caller hung up before rating."""
    NO_INPUT = "no_input"
    """The caller stayed and pressed nothing usable until the tries ran out."""
    FAILED = "failed"
    """The call did not come about or broke on the carrier's side."""
    NOTHING_ASKED = "nothing_asked"
    """Everything had been rated before; the caller was thanked."""


@dataclass(frozen=True, slots=True)
class CallProgress:
    """What is known of a call when it ends."""

    asked: AbstractSet[SubjectKind]
    rated: AbstractSet[SubjectKind]
    ran_out_of_tries: bool
    carrier_failed: bool


def classify_ending(progress: CallProgress) -> CallEnding:
    """The one ending of a call; a rating given outweighs everything else (R-16)."""
    if progress.rated:
        return CallEnding.RATED if progress.asked <= progress.rated else CallEnding.PARTIAL
    if progress.carrier_failed:
        return CallEnding.FAILED
    if not progress.asked:
        return CallEnding.NOTHING_ASKED
    return CallEnding.NO_INPUT if progress.ran_out_of_tries else CallEnding.ABANDONED
