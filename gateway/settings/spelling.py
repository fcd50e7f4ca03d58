"""How a value of a setting is written in the settings file."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from gateway.domain.rules import QuietHours

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_TWO_DAYS: Final = timedelta(days=2)


def spelled(value: object) -> str:
    """The value as TOML; `value` is a default of the settings, so a secret is one that everybody knows."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(spelled, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(_text(value), ensure_ascii=False)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, QuietHours):
        return f"{value.start:%H:%M}-{value.end:%H:%M}"
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return value.as_posix()
    return value.key if isinstance(value, ZoneInfo) else str(value)


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    # People say 24 hours, not one day; from two days on they count days.
    units = _UNITS if value >= _TWO_DAYS else _UNITS[1:]
    size, unit = next(((size, unit) for size, unit in units if seconds % size == 0), _UNITS[-1])
    return f"{seconds // size}{unit}"
