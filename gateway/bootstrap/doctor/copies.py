"""Whether the nightly copies of the database are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from gateway.adapters.database.backup_files import age_of_newest
from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Diagnosis, broken, sound
from gateway.domain.errors import InvalidInput

_OLD: Final = timedelta(hours=30)
"""A night was left out; the alert BackupOld has the same."""
_REMEDY: Final = (
    "haochaping db backup {}; then see why the nightly one fails: journalctl -u haochaping-backup"
)


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """The newest one in the folder of the settings, where they name one."""
    folder = patient.settings.database.backups
    if folder is None:
        return []
    try:
        age = age_of_newest(folder)
    except InvalidInput as fault:
        finding, _, remedy = str(fault).partition("; ")
        return [broken("backup", f"{folder} {finding}", f"database.backups: {remedy}")]
    if age is None:
        return [broken("backup", f"{folder} holds no copy", _REMEDY.format(folder))]
    seen = f"the newest in {folder} is {age.total_seconds() / 3600:.1f} hours old"
    if age > _OLD:
        return [broken("backup", "no copy was made last night", _REMEDY.format(folder), seen)]
    return [sound("backup", "copies are made", seen)]
