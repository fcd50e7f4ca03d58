"""When a citizen may be texted: the 24-hour reminder and the quiet hours (R-8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import time
    from zoneinfo import ZoneInfo

    from gateway.domain.rules import QuietHours, Rules


def in_quiet_hours(moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> bool:
    """Whether the moment lies in the quiet hours of that zone; the end itself is allowed."""
    if quiet is None or quiet.start == quiet.end:
        return False
    return _covers(quiet, moment.astimezone(zone).time())


def next_allowed(moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime:
    """The moment itself, or the end of the quiet hours it lies in."""
    if quiet is None or not in_quiet_hours(moment, quiet, zone):
        return moment
    local = moment.astimezone(zone)
    ends = local.replace(
        hour=quiet.end.hour, minute=quiet.end.minute, second=quiet.end.second, microsecond=0, fold=0
    )
    if ends <= local:
        ends = (ends.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return ends.astimezone(moment.tzinfo)


def next_quiet_start(moment: datetime, quiet: QuietHours | None, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours next begin; None when there are none."""
    if quiet is None or quiet.start == quiet.end:
        return None
    local = moment.astimezone(zone)
    begins = local.replace(
        hour=quiet.start.hour, minute=quiet.start.minute, second=quiet.start.second, microsecond=0, fold=0
    )
    if begins <= local:
        begins = (begins.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    return begins.astimezone(moment.tzinfo)


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
