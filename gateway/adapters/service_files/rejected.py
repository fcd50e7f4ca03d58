"""Rows that could not be kept, with their line and the reason, to be mended and imported again."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.adapters.service_files.csv_records import cells_of
from gateway.adapters.service_files.csv_rows import NOTES, CsvHeader, column_of
from gateway.application.ports.service_files import Row
from gateway.domain.errors import Fault


class RejectedRows:
    """`FILE.rejected.csv` or `.ndjson`; made with the first such row, for its owner's eyes only."""

    def __init__(self, source: Path, header: CsvHeader | None) -> None:
        self._header = header
        kind = "csv" if header is not None else "ndjson"
        self.path = source.with_name(f"{source.name}.rejected.{kind}")

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.path.stat().st_size if self.path.exists() else 0

    def cut(self, size: int) -> None:
        """Drop what was written after the place from which the import goes on.

        At the beginning of a file what an earlier import left is put aside: somebody may be mending it.
        """
        if size == 0 and self.path.exists():
            self.path.replace(self.path.with_name(f"{self.path.name}.bak"))
        elif self.size > size:
            os.truncate(self.path, size)

    def add(self, rejected: Sequence[tuple[Row, Sequence[Fault]]]) -> None:
        """Append rows; durable on return."""
        if not rejected:
            return
        # It repeats whole rows, numbers too: only who may read the source is to read it.
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # Half a surrogate pair, which JSON allows and UTF-8 does not, is written as JSON's own escape.
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace", newline="") as file:
            if self._header is not None and os.fstat(descriptor).st_size == 0:
                file.write("\ufeff" + _csv_line([*_own(self._header), *NOTES], self._header))
            for row, faults in rejected:
                file.write(self._written(row, faults))
            file.flush()
            os.fsync(descriptor)

    def _written(self, row: Row, faults: Sequence[Fault]) -> str:
        if self._header is not None:
            cells = _own_cells(row, self._header)
            notes = [str(row.line), _reason(faults, column_of)]
            return _csv_line([*cells, *notes], self._header)
        document = {"text": row.text} if row.document is None else dict(row.document)
        document |= {"line": row.line, "reason": _reason(faults, str)}
        return json.dumps(document, ensure_ascii=False) + "\n"


def _own(header: CsvHeader) -> list[str]:
    return [column for column in header.columns if column not in NOTES]


def _own_cells(row: Row, header: CsvHeader) -> list[str]:
    """The cells as they were; a row that could not be cut into cells stands whole in the first."""
    columns = _own(header)
    if row.document is None:
        return [row.text, *[""] * (len(columns) - 1)]
    cells = cells_of(row.text, header.delimiter)
    return [cell for column, cell in zip(header.columns, cells, strict=True) if column not in NOTES]


def _csv_line(cells: Sequence[str], header: CsvHeader) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=header.delimiter, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _reason(faults: Sequence[Fault], place: Callable[[str], str]) -> str:
    return "; ".join(
        f"{place(fault.pointer)}: {fault.detail}" if fault.pointer else fault.detail for fault in faults
    )
