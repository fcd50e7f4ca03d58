"""Skipping time in the demonstration, which alone can move its clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gateway.web.demo.words import Words

MORNING: Final = "morning"
_MORNING_HOUR: Final = 9
_SKIPS: Final = {
    "1h": (timedelta(hours=1), Words("时钟前进 1 小时", "The clock moved 1 hour ahead")),
    "24h": (timedelta(hours=24), Words("时钟前进 24 小时", "The clock moved 24 hours ahead")),
}


def skip_named(name: str, now: datetime, zone: ZoneInfo) -> tuple[timedelta, Words] | None:
    """How far a skip leads from now, and its words: `1h`, `24h`, `morning` (9:00); None for any other."""
    if name != MORNING:
        return _SKIPS.get(name)
    local = now.astimezone(zone)
    morning = local.replace(hour=_MORNING_HOUR, minute=0, second=0, microsecond=0)
    if morning <= local:
        morning = (morning.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
    # Between two times of one zone Python counts what the clocks on the wall show, not what passes.
    return morning.astimezone(UTC) - local.astimezone(UTC), Words(
        "时钟前进到早上 9:00", "The clock moved to 9:00 in the morning"
    )
