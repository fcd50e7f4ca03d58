"""What is examined, and what every examination works with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import aiohttp

from gateway.application.ports.clock import Clock
from gateway.domain.diagnoses import Diagnosis
from gateway.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """An installation: its settings, and the means to look at what they name."""

    config: Path | None
    settings: Settings
    session: aiohttp.ClientSession
    clock: Clock


Examination: TypeAlias = Callable[[Patient], Awaitable[Sequence[Diagnosis]]]
