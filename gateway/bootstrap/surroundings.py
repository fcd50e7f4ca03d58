"""Figures about what surrounds a process: room on its disks, copies of its database, its clock."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from gateway.adapters.database.backup_files import age_of_newest
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.vital_signs import clock_ahead
from gateway.bootstrap.database import sqlite_file
from gateway.bootstrap.folders import existing
from gateway.domain.errors import InvalidInput, Unavailable
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics


class MeasureSurroundings:
    """Measured whenever the figures are asked for."""

    def __init__(self, settings: Settings, database: SqlDatabase, metrics: Metrics) -> None:
        self._places = {"var": Path("var")}
        if file := sqlite_file(settings.database.url.get_secret_value()):
            self._places["database"] = file.parent
        self._copies = settings.database.backups
        self._database = database
        self._metrics = metrics

    async def __call__(self) -> None:
        """Measure once; what cannot be measured stays as it was."""
        for name, folder in self._places.items():
            self._metrics.disk_measured(place=name, free_bytes=shutil.disk_usage(existing(folder)).free)
        if self._copies is not None:
            self._metrics.backup_seen(age_seconds=_age(self._copies))
        try:
            ahead = await clock_ahead(self._database)
        except Unavailable:
            return
        if ahead is not None:
            self._metrics.clock_compared(skew_seconds=ahead.total_seconds())


def _age(folder: Path) -> float:
    """What cannot be seen is as good as not there."""
    try:
        age = age_of_newest(folder)
    except InvalidInput:
        return math.inf
    return math.inf if age is None else age.total_seconds()
