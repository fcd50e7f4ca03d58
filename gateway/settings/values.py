"""How values are written in settings: durations, working days, quiet hours, zones, URLs, secrets."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_core import PydanticCustomError

from gateway.domain.rules import QuietHours

_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST: Final = 36_525 * 86_400
"""Seconds; so that no sum with a date of ours can leave the calendar."""
_PART: Final = re.compile(r"(\d{1,10})\s*([smhdw])\s*")
_WORKING_DAYS: Final = re.compile(r"([1-9]\d{0,2})\s*(?:wd|working days?)", re.IGNORECASE)
_QUIET: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")


class Section(BaseModel):
    """A table of the settings file: read once, never changed, no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SecretMark(NamedTuple):
    """Marks a key whose value may also come from a file named by `<key>_file`."""

    only_outside: bool
    """True: never in the settings file itself, which is copied, mailed and kept in version control."""


def fault(problem: str, remedy: str) -> PydanticCustomError:
    """The error a validator raises so that the operator is told the fault and how to mend it."""
    return PydanticCustomError("settings", "{problem}", {"problem": problem, "remedy": remedy})


def parse_duration(value: object) -> object:
    """A duration such as `90s`, `24h`, `30d` or `1h 30m`; raises the settings fault for the rest."""
    if not isinstance(value, str):
        if isinstance(value, timedelta):
            return value
        raise fault("is not a duration", 'write a number with its unit in quotes, such as "90s" or "24h"')
    parts = _PART.findall(value)
    if not parts or _PART.sub("", value).strip():
        raise fault("is not a duration", "write a number with s, m, h, d or w, such as 90s, 24h or 30d")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in parts)
    if seconds > _LONGEST:
        raise fault("is longer than a hundred years", "write a shorter duration")
    return timedelta(seconds=seconds)


def parse_working_days(value: object) -> object:
    """A count of working days, `15 working days` or `15wd`; raises the settings fault for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    match = _WORKING_DAYS.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        remedy = 'write for example "1 working day" or "15 working days"'
        raise fault("is not a number of working days", remedy)
    return int(match[1])


def parse_quiet_hours(value: object) -> object:
    """Quiet hours such as `21:00-08:00`, None for empty; raises the settings fault for anything else."""
    if value is None or isinstance(value, QuietHours):
        return value
    if isinstance(value, str) and not value.strip():
        return None
    match = _QUIET.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        start, end = (time(int(match[i]), int(match[i + 1])) for i in (1, 3)) if match else (None, None)
    except ValueError:
        start = end = None
    if start is None or end is None:
        raise fault("is no span of the day", "write for example 21:00-08:00, or nothing to switch it off")
    if start == end:
        raise fault("begins and ends at the same time", "leave it empty to switch quiet hours off")
    return QuietHours(start, end)


def parse_zone(value: object) -> object:
    """An IANA time zone; raises the settings fault for a name that the time zone database does not have."""
    if isinstance(value, ZoneInfo):
        return value
    if not isinstance(value, str) or value not in available_timezones():
        raise fault("is no IANA time zone", "write for example Asia/Shanghai")
    return ZoneInfo(value)


def check_http_url(value: object) -> object:
    """An http or https URL without credentials, query or fragment, its last slash taken off; empty stays."""
    if value == "":
        return value
    remedy = "write for example https://rating.example.gov.cn"
    if not isinstance(value, str):
        raise fault("is not a URL", remedy)
    try:
        parts = urlsplit(value.strip())
        broken = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        broken = True
    if broken:
        raise fault("is not an http or https URL", remedy)
    if parts.username is not None or parts.query or parts.fragment:
        raise fault("has credentials, a query or a fragment", "write scheme, host, port and path only")
    return value.strip().rstrip("/")


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Timeout = Annotated[timedelta, BeforeValidator(parse_duration), Field(gt=timedelta())]
WorkingDays = Annotated[int, BeforeValidator(parse_working_days)]
QuietSpan = Annotated[QuietHours | None, BeforeValidator(parse_quiet_hours)]
Zone = Annotated[ZoneInfo, BeforeValidator(parse_zone)]
HttpUrl = Annotated[str, BeforeValidator(check_http_url)]
Secret = Annotated[SecretStr, SecretMark(only_outside=True)]
Secrets = Annotated[tuple[SecretStr, ...], SecretMark(only_outside=True)]
SecretUrl = Annotated[SecretStr, SecretMark(only_outside=False)]
PerSecond = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
NO_SECRET: Final = SecretStr("")


def empty_is_none(value: object) -> object:
    """An empty text where a path may stand."""
    return None if value == "" else value
