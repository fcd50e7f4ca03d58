"""Whether this machine's clock agrees with the database's and with those of peers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from gateway.adapters.database.vital_signs import vital_signs
from gateway.bootstrap.doctor.database import open_for_looking
from gateway.bootstrap.doctor.file_systems import sqlite_file
from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.doctor.twilio import is_used
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.domain.errors import Unavailable

_NOTABLE: Final = timedelta(seconds=2)
_HARMFUL: Final = timedelta(seconds=10)
"""Beyond it reminders, quiet hours and deadlines come at the wrong time; leases go by the database."""
_DATE_GRAIN: Final = timedelta(seconds=1)
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Compare with everybody who tells the time."""
    settings = patient.settings
    peers = {"the public url's server": settings.server.public_url}
    if settings.core_store.kind == "http":
        peers["the core store"] = settings.core_store.url
    if is_used(settings):
        peers["Twilio"] = settings.twilio.api_base_url
    asked = [_database(patient), *(_peer(patient, name, url) for name, url in peers.items())]
    found = [each for each in await asyncio.gather(*asked) if each is not None]
    return found or [sound("clock", "nobody tells the time to compare with; see that NTP runs")]


def judge(name: str, ahead: timedelta, doubt: timedelta) -> Diagnosis:
    """`ahead` is by how much their clock is ahead of ours; less than `doubt` is no difference."""
    seen = f"{name} is {ahead.total_seconds():+.1f} s ahead, give or take {doubt.total_seconds():.1f} s"
    beyond = abs(ahead) - doubt
    remedy = "let NTP set both clocks: timedatectl set-ntp true, chronyc tracking"
    if beyond > _HARMFUL:
        words = "clocks disagree: reminders, quiet hours and deadlines go by the wrong time"
        return broken("clock", words, remedy, seen)
    if beyond > _NOTABLE:
        return doubtful("clock", "clocks disagree somewhat", remedy, seen)
    return sound("clock", f"agrees with {name}", seen)


async def _database(patient: Patient) -> Diagnosis | None:
    if sqlite_file(patient.settings):
        # It has no clock of its own.
        return None
    database = open_for_looking(patient.settings)
    try:
        signs = await vital_signs(database)
    except Unavailable:
        return None
    finally:
        await database.close()
    return None if signs.ahead is None else judge("the database", signs.ahead, signs.doubt)


async def _peer(patient: Patient, name: str, url: str) -> Diagnosis | None:
    """By the Date of its answer, whatever it answers; who does not answer is told of elsewhere."""
    asked_at = datetime.now(UTC)
    try:
        async with patient.session.head(url, timeout=_TIMEOUT, allow_redirects=False) as answer:
            took = datetime.now(UTC) - asked_at
            date = parsedate_to_datetime(answer.headers.get("Date", ""))
    except (aiohttp.ClientError, OSError, ValueError):
        return None
    ahead = date + _DATE_GRAIN / 2 - (asked_at + took / 2)
    return judge(name, ahead, took / 2 + _DATE_GRAIN / 2)
