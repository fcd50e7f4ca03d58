"""How far a file was read, kept beside it so that an interrupted import goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from gateway.application.ports.service_files import ImportCounts
from gateway.domain.errors import InvalidInput

_CHUNK: Final = 2**20


@dataclass(frozen=True, slots=True)
class Progress:
    """A place in the file and everything that was known there."""

    position: int = 0
    line: int = 1
    """Number of the line that begins there."""
    rejected_size: int = 0
    """Bytes of the file of rejected rows that belong to the rows so far."""
    counts: ImportCounts = field(default_factory=ImportCounts)


class ProgressFile:
    """`FILE.progress`: the place, and a digest of what was read up to it."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self.path = source.with_name(f"{source.name}.progress")
        self._digest = hashlib.sha256()
        self._digested = 0

    def load(self) -> Progress | None:
        """The last place; None where there is none.

        Raises:
            InvalidInput: what was read before is no longer what the file begins with.

        """
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            progress = Progress(
                int(kept["position"]),
                int(kept["line"]),
                int(kept["rejected_size"]),
                ImportCounts(**{name: int(count) for name, count in kept["counts"].items()}),
            )
            sha256 = str(kept["sha256"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise InvalidInput("is damaged; begin afresh with --restart", pointer=str(self.path)) from None
        self._read_up_to(progress.position)
        if self._digest.hexdigest() != sha256:
            raise InvalidInput(
                "was changed since its import was interrupted; begin afresh with --restart "
                "(services that are known already are recognised)",
                pointer=str(self._source),
            )
        return progress

    def save(self, progress: Progress) -> None:
        """Remember a place; whole or not at all, whatever happens meanwhile."""
        self._read_up_to(progress.position)
        kept = {**asdict(progress), "sha256": self._digest.hexdigest()}
        draft = self.path.with_name(f"{self.path.name}.new")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)

    def forget(self) -> None:
        """There is nothing to go on with."""
        self.path.unlink(missing_ok=True)

    def _read_up_to(self, position: int) -> None:
        with self._source.open("rb") as file:
            file.seek(self._digested)
            while chunk := file.read(min(_CHUNK, position - self._digested)):
                self._digest.update(chunk)
                self._digested += len(chunk)
