"""When a citizen may be texted: the 24-hour reminder and the quiet hours (R-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from datetime import time

    from gateway.domain.rules import QuietHours, Rules


def zone_of(name: str, rules: Rules) -> ZoneInfo:
    """A citizen's zone by its name; the city's own where this machine does not know it (any more).

    Zones are renamed and split; one name unknown to one node must not keep it from texting everybody else.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return rules.timezone


def in_quiet_hours(moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> bool:
    """Whether the moment lies in the quiet hours of that zone; the end itself is allowed."""
    if quiet is None or quiet.start == quiet.end:
        return False
    return _covers(quiet, moment.astimezone(zone).time())


def next_allowed(moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in."""
    if quiet is None or not in_quiet_hours(moment, quiet, zone):
        return moment
    ends = (end for end in _passes(quiet.end, moment, zone) if not in_quiet_hours(end, quiet, zone))
    return min(ends).astimezone(moment.tzinfo)


def next_quiet_start(moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours next begin; None when there are none."""
    if quiet is None or quiet.start == quiet.end:
        return None
    return min(_passes(quiet.start, moment, zone)).astimezone(moment.tzinfo)


def text_expires_at(surely: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime | None:
    """Until when a carrier may deliver a text that may arrive at `surely`: not into the quiet hours after.

    None when there are none. An answer may surely arrive for a while even at night, but no longer.
    """
    return surely if in_quiet_hours(surely, quiet, zone) else next_quiet_start(surely, quiet, zone)


def _passes(clock: time, moment: datetime, zone: ZoneInfo) -> list[datetime]:
    """The moments of the next days, in UTC, at which clocks of that zone show this; it may be twice a day."""
    today = moment.astimezone(zone).date()
    shown = [
        datetime.combine(today + timedelta(days=days), clock.replace(fold=fold), zone).astimezone(UTC)
        for days in range(3)
        for fold in (0, 1)
    ]
    return [at for at in shown if at > moment]


def reminder_due_at(completed_at: datetime, rules: Rules, zone: ZoneInfo) -> datetime:
    """When the reminder for a service completed then falls due: after 24 hours, never in quiet hours."""
    return next_allowed(completed_at + rules.reminder_after, rules.quiet_hours, zone)


def has_misfired(due_at: datetime, now: datetime, rules: Rules) -> bool:
    """Whether a reminder is so late that it would only puzzle the citizen."""
    return now - due_at > rules.reminder_misfire


def _covers(quiet: QuietHours, clock: time) -> bool:
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


class ReminderVerdict(Enum):
    """What to do with a reminder that has fallen due."""

    SEND = "send"
    POSTPONE = "postpone"
    OPTED_OUT = "opted_out"
    MISFIRED = "misfired"
    NO_NUMBER = "no_number"
    """Its number cannot be read: looked at again, until it has misfired."""


def judge_reminder(
    due_at: datetime, now: datetime, rules: Rules, zone: ZoneInfo, *, opted_out: bool
) -> ReminderVerdict:
    """Judge a due reminder at the moment of queueing (R-8)."""
    if opted_out:
        return ReminderVerdict.OPTED_OUT
    if has_misfired(due_at, now, rules):
        return ReminderVerdict.MISFIRED
    if in_quiet_hours(now, rules.quiet_hours, zone):
        return ReminderVerdict.POSTPONE
    return ReminderVerdict.SEND
