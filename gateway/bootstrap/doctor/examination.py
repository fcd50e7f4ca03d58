"""All examinations of an installation, run together."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp

from gateway.adapters.clock import SystemClock
from gateway.bootstrap.doctor import (
    clocks,
    copies,
    core_store,
    database,
    disk,
    files,
    keys,
    limits,
    mail,
    pbx,
    public_url,
    redis,
    rules,
    twilio,
)
from gateway.bootstrap.doctor.patient import Examination, Patient
from gateway.domain.diagnoses import Diagnosis, broken
from gateway.domain.errors import GatewayError
from gateway.domain.redaction import redact
from gateway.settings import SettingsError, load_settings
from gateway.telemetry.logging import configure_logging

_PATIENCE_SECONDS: Final = 45
_EXAMINATIONS: Final[dict[str, Examination]] = {
    "files": files.examine,
    "keys": keys.examine,
    "rules": rules.examine,
    "limits": limits.examine,
    "disk": disk.examine,
    "database": database.examine,
    "backup": copies.examine,
    "redis": redis.examine,
    "public url": public_url.examine,
    "twilio": twilio.examine,
    "pbx": pbx.examine,
    "core store": core_store.examine,
    "mail": mail.examine,
    "clock": clocks.examine,
}


async def examine(config: Path | None) -> list[Diagnosis]:
    """Everything that is found; settings that cannot be read are all that is told of."""
    try:
        settings = load_settings(config)
    except SettingsError as error:
        return [
            broken("settings", f"{finding.place}: {finding.problem}", finding.remedy)
            for finding in error.findings
        ]
    log = configure_logging("error", "console", stream=sys.stderr)
    try:
        async with aiohttp.ClientSession() as session:
            patient = Patient(config=config, settings=settings, session=session, clock=SystemClock())
            found = await asyncio.gather(
                *(_look(name, look, patient) for name, look in _EXAMINATIONS.items())
            )
    finally:
        log.close()
    return [_discreet(diagnosis) for each in found for diagnosis in each]


async def _look(name: str, look: Examination, patient: Patient) -> Sequence[Diagnosis]:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await look(patient)
    except TimeoutError:
        return [
            broken(name, f"no end within {_PATIENCE_SECONDS} s", "see whether it hangs, and run this again")
        ]
    except GatewayError as error:
        return [broken(name, str(error), "see docs/runbook.md")]
    except Exception as error:  # noqa: BLE001 - one examination that breaks must not hide the others
        # A library's own words may hold addresses and credentials.
        return [broken(name, f"the examination itself broke: {type(error).__name__}", "please report it")]


def _discreet(diagnosis: Diagnosis) -> Diagnosis:
    """A peer's words may repeat a number."""
    return Diagnosis(
        diagnosis.check,
        diagnosis.verdict,
        redact(diagnosis.finding),
        diagnosis.remedy,
        redact(diagnosis.evidence),
    )
