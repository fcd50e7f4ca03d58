"""Agencies, flows, texts and profile: what `haochaping check` finds; and the files that hold secrets."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from gateway.bootstrap.doctor.patient import Patient
from gateway.bootstrap.findings import find_faults
from gateway.domain.diagnoses import Diagnosis, broken, doubtful, sound
from gateway.settings.loading import secret_files
from gateway.settings.model import Key

_HANDED_OVER: Final = ("/run/secrets/", "/run/credentials/")
"""Where a supervisor puts secrets that only the process can reach, whatever their mode says."""


async def examine(patient: Patient) -> Sequence[Diagnosis]:
    """One diagnosis for each fault."""
    faults = find_faults(patient.config)
    found = [broken("files", fault, "mend that line, then: haochaping check") for fault in faults]
    if not found:
        found.append(sound("files", "settings, agencies, flows (proved), texts and profile are well"))
    return [*found, *_secrets(secret_files(patient.config))]


def _secrets(files: dict[Key, Path]) -> Iterator[Diagnosis]:
    for key, path in files.items():
        mode = stat.S_IMODE(path.stat().st_mode)
        seen = f"{path}: mode {mode:04o}"
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            yield broken("secrets", f"others may change the file of {key}", f"chmod 600 {path}", seen)
        elif mode & stat.S_IROTH and not str(path.resolve()).startswith(_HANDED_OVER):
            yield doubtful("secrets", f"everybody may read the file of {key}", f"chmod 600 {path}", seen)
        else:
            yield sound("secrets", f"{key} comes from a file", seen)
