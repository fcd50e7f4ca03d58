"""The keys that seal phone numbers."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.keys import KEY_FILE, open_personal_data, require_keys
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.domain.errors import ConfigurationError


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """Configured, or in the file that the first start makes, which nobody else may read."""
    if given := len(patient.settings.privacy.keys):
        words = f"{given} of privacy.keys" + ("" if given == 1 else ", the newest seals")
        return [sound("keys", words)]
    if not KEY_FILE.exists():
        remedy = "haochaping keys new, and give it as privacy.keys; keep it apart from the backups"
        try:
            require_keys(patient.settings)
        except ConfigurationError:
            words = "there is none, and nothing starts without: with PostgreSQL no key is made"
            return [broken("keys", words, remedy)]
        return [doubtful("keys", f"there is none; the first start makes one in {KEY_FILE}", remedy)]
    return _own(patient, KEY_FILE)


def _own(patient: Patient, file: Path) -> list[Diagnosis]:
    mode = stat.S_IMODE(file.stat().st_mode)
    seen = f"{file}: mode {mode:04o}"
    if mode & 0o077:
        return [broken("keys", "others may read the key that seals phone numbers", f"chmod 600 {file}", seen)]
    try:
        open_personal_data(patient.settings, file)
    except ConfigurationError as error:
        return [broken("keys", str(error), "put the right key back from where you keep it", seen)]
    if patient.settings.database.url.get_secret_value().startswith("sqlite"):
        return [sound("keys", "this installation's own; keep a copy apart from the backups", seen)]
    remedy = "give the same privacy.keys to all processes"
    return [doubtful("keys", "the key is on this machine only, the database serves several", remedy, seen)]
