"""Opening a file of services, where an earlier run left it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from gateway.adapters.service_files.csv_rows import CsvHeader, csv_rows, read_header
from gateway.adapters.service_files.encodings import GB18030, UTF8, detect_encoding
from gateway.adapters.service_files.lines import LineReader
from gateway.adapters.service_files.ndjson_rows import ndjson_rows
from gateway.adapters.service_files.progress import Progress, ProgressFile
from gateway.adapters.service_files.rejected import RejectedRows
from gateway.application.ports.service_files import ImportCounts, Row
from gateway.domain.errors import Fault, InvalidInput

ENCODINGS: Final = (UTF8, GB18030)
_NDJSON: Final = frozenset({".ndjson", ".jsonl", ".json"})
_CSV: Final = frozenset({".csv", ".tsv", ".txt"})


def _beginning(header: CsvHeader | None) -> Progress:
    """The first row: below the header, where there is one."""
    return Progress(header.record.end, header.record.next_line) if header else Progress()


class OpenServiceFile:
    """The port `ServiceFile` over files beside each other: source, progress, rejected rows."""

    def __init__(self, source: BinaryIO, path: Path, encoding: str, header: CsvHeader | None) -> None:
        self._source = source
        self._header = header
        self._memory = ProgressFile(path)
        self._rejected = RejectedRows(path, header)
        self._beginning = _beginning(header)
        self._progress = self._beginning
        self.encoding = encoding
        self.is_finished = False
        self.size = os.fstat(source.fileno()).st_size

    @property
    def position(self) -> int:
        """Bytes settled."""
        return self._progress.position

    @property
    def counts(self) -> ImportCounts:
        """What became of the rows so far."""
        return self._progress.counts

    @property
    def rejected_path(self) -> Path:
        """Where rejected rows are."""
        return self._rejected.path

    def go_on(self) -> None:
        """Take up where an earlier run was interrupted; raises InvalidInput where that cannot be."""
        self._progress = self._memory.load() or self._beginning
        self._rejected.cut(self._progress.rejected_size)

    def begin_afresh(self) -> None:
        """Forget earlier runs."""
        self._memory.forget()
        self._rejected.cut(0)

    def rows(self) -> Iterator[Row]:
        """The rows that are not settled yet."""
        self._source.seek(self._progress.position)
        lines = LineReader(self._source, self._progress.line)
        if self._header is None:
            return ndjson_rows(lines, self.encoding)
        return csv_rows(lines, self._header, self.encoding)

    def settle(
        self, rejected: Sequence[tuple[Row, Sequence[Fault]]], last: Row, counts: ImportCounts
    ) -> None:
        """First the rejected rows, then the place: what is written twice after a crash is cut again."""
        self._rejected.add(rejected)
        self._progress = Progress(last.end, last.next_line, self._rejected.size, counts)
        self._memory.save(self._progress)

    def finish(self) -> None:
        """Nothing is left to go on with."""
        self._memory.forget()
        self.is_finished = True


@contextmanager
def open_service_file(
    path: Path, *, encoding: str | None = None, restart: bool = False
) -> Iterator[OpenServiceFile]:
    """The file, at the place where an earlier run was interrupted unless it is to `restart`.

    `encoding` is found out where it is not given. Nobody else can import the file meanwhile.

    Raises:
        InvalidInput: it cannot be read, or is no CSV or NDJSON file of services; names `file:line`.

    """
    try:
        with path.open("rb") as source:
            _lock(source, path)
            file = _opened(source, path, encoding or detect_encoding(path))
            if restart:
                file.begin_afresh()
            else:
                file.go_on()
            yield file
    except OSError as error:
        raise InvalidInput(f"{error.strerror or error}", pointer=str(error.filename or path)) from None


def _lock(source: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(source, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InvalidInput("is being imported already; wait for that to end", pointer=str(path)) from None


def _opened(source: BinaryIO, path: Path, encoding: str) -> OpenServiceFile:
    suffix = path.suffix.lower()
    if suffix in _NDJSON:
        return OpenServiceFile(source, path, encoding, None)
    if suffix not in _CSV:
        raise InvalidInput("is neither .csv nor .ndjson; give it the ending of what it is", pointer=str(path))
    header = read_header(LineReader(source, 1), encoding, str(path))
    return OpenServiceFile(source, path, encoding, header)
