"""What nearly every use case works with."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.application.ports.clock import Clock
from gateway.application.ports.database import Database
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Essentials:
    """Database, time, rules and metrics, handed to each use case as one."""

    database: Database
    clock: Clock
    rules: Rules
    metrics: Metrics
