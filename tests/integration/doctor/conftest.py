"""An installation as the doctor sees it: settings by their environment names, in an empty folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import aiohttp
import pytest

from gateway.adapters.clock import SystemClock
from gateway.bootstrap.doctor.patient import Examination, Patient
from gateway.domain.diagnoses import Diagnosis, Verdict
from gateway.settings import load_settings

Examine = Callable[..., Awaitable[Sequence[Diagnosis]]]


@pytest.fixture
async def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Examine]:
    """One examination of an installation with these settings (`database__url=…`)."""
    monkeypatch.chdir(tmp_path)
    async with aiohttp.ClientSession() as session:

        async def run(look: Examination, **keys: str) -> Sequence[Diagnosis]:
            environ = {f"HAOCHAPING_{key.upper()}": value for key, value in keys.items()}
            settings = load_settings(environ=environ)
            return await look(Patient(config=None, settings=settings, session=session, clock=SystemClock()))

        yield run


def troubles(found: Sequence[Diagnosis], *verdicts: Verdict) -> list[str]:
    """What is wrong; every trouble comes with a remedy."""
    wrong = [each for each in found if each.verdict in (verdicts or (Verdict.FAIL,))]
    assert all(each.remedy for each in wrong)
    return [each.finding for each in wrong]
