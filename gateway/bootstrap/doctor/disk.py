"""Room on the disks that the gateway writes to."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.bootstrap.doctor.file_systems import sqlite_file
from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.folders import existing
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound

_GIB: Final = 1024**3
_LITTLE: Final = 5 * _GIB
_TOO_LITTLE: Final = _GIB
_SMALL_SHARE: Final = 0.1


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Each folder that is written to."""
    folders = {Path("var")}
    if file := sqlite_file(patient.settings):
        folders.add(file.parent)
    places = dict.fromkeys(existing(folder) for folder in sorted(folders))
    return [_look(place) for place in places]


def judge(place: str, free: int, total: int) -> Diagnosis:
    """Nothing is acknowledged that was not stored: a full disk stops the gateway, and loses nothing."""
    seen = f"{place}: {free / _GIB:.1f} of {total / _GIB:.1f} GiB free"
    remedy = "make room or give it a larger disk; a full one is answered with 503"
    if free < _TOO_LITTLE:
        return broken("disk", "the disk is nearly full", remedy, seen)
    if free < _LITTLE and free < total * _SMALL_SHARE:
        return doubtful("disk", "the disk is filling up", remedy, seen)
    return sound("disk", "there is room", seen)


def _look(place: Path) -> Diagnosis:
    usage = shutil.disk_usage(place)
    return judge(str(place), usage.free, usage.total)
