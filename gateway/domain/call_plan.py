"""When a citizen whose service was finished elsewhere may be called to rate it, and how often.

A call rings where a text can wait, so it is bounded more narrowly: by hours of its own within those of texts,
by a number of tries, and by the reminder, after which nobody is called any more (R-8, R-16).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from gateway.domain.reminders import in_quiet_hours, next_allowed

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from gateway.domain.rules import QuietHours
    from gateway.domain.services import ServiceKind

_ROUNDS: Final = 4
"""Two spans that exclude each other leave no moment; two that do not are agreed upon by then."""


class CallOutcome(Enum):
    """What came of one call that we made."""

    ONGOING = "ongoing"
    OVER = "over"
    """It has ended; whether anybody answered shows in the gateway's own record of calls."""
    REACHED = "reached"
    """A person answered; what they rated, or that they did not, is their answer."""
    MACHINE = "machine"
    """An answering machine or a fax did."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """The network could not bring it about, or the number does not exist."""
    UNKNOWN = "unknown"
    """Nobody can tell; counted as a try, for the telephone may have rung."""


@dataclass(frozen=True, slots=True)
class CallPlan:
    """How often and when somebody is called."""

    kinds: frozenset[ServiceKind]
    """Of services that are rated by a call of ours."""
    after: timedelta
    """After completion; people are on their way home before."""
    closed: QuietHours | None
    """The part of the day in which nobody is called, in the citizen's zone; None = that of texts only."""
    tries: int
    wait: timedelta
    """After a call that nobody took."""
    wait_busy: timedelta
    """After one that met a busy line."""


def next_opening(
    moment: datetime, plan: CallPlan, quiet: QuietHours | None, zone: ZoneInfo
) -> datetime | None:
    """The moment itself or the next at which calls and texts are allowed; None when there is none."""
    for _ in range(_ROUNDS):
        moment = next_allowed(next_allowed(moment, plan.closed, zone), quiet, zone)
        if is_open(moment, plan, quiet, zone):
            return moment
    return None


def is_open(moment: datetime, plan: CallPlan, quiet: QuietHours | None, zone: ZoneInfo) -> bool:
    """Whether somebody in that zone may be called at the moment."""
    return not in_quiet_hours(moment, plan.closed, zone) and not in_quiet_hours(moment, quiet, zone)


def next_call_at(
    plan: CallPlan, made: Sequence[CallOutcome], now: datetime, quiet: QuietHours | None, zone: ZoneInfo
) -> datetime | None:
    """When to call again after these calls, of which the last has just ended; None = not any more.

    Somebody reached is not called again, whatever they did; nor is a number that the network refuses.
    """
    if len(made) >= plan.tries or {CallOutcome.REACHED, CallOutcome.FAILED} & set(made):
        return None
    busy = bool(made) and made[-1] is CallOutcome.BUSY
    return next_opening(now + (plan.wait_busy if busy else plan.wait), plan, quiet, zone)
