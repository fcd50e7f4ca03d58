"""Rows of a CSV file as service documents: the same names, nested ones flattened (`item_code`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from gateway.adapters.service_files.csv_records import CsvRecord, delimiter_of, read_csv
from gateway.adapters.service_files.lines import LineReader
from gateway.application.ports.service_files import Row
from gateway.domain.errors import Fault, InvalidInput

REQUIRED: Final = ("service_id", "kind", "agency_code", "item_code", "item_name", "completed_at")
OPTIONAL: Final = (
    "phone",
    "region_code",
    "staff_id",
    "staff_name",
    "visit_no",
    "batch_id",
    "theme_id",
    "language",
)
NOTES: Final = ("line", "reason")
"""What a file of rejected rows has besides; ignored, so that it can be mended and imported as it is."""
_NESTED: Final = {
    "item_code": ("item", "code"),
    "item_name": ("item", "name"),
    "staff_id": ("staff", "id"),
    "staff_name": ("staff", "name"),
}
_KEPT_BLANK: Final = {"agency_code": "", "completed_at": None}
"""Columns whose blank cell says something; any other blank cell is as if the column were not there."""


class CsvHeader:
    """The first row: which column is where."""

    def __init__(self, record: CsvRecord, delimiter: str, path: str) -> None:
        self.record = record
        self.delimiter = delimiter
        self.columns = [cell.strip().lower() for cell in record.cells]
        faults = [Fault(f"{path}:{record.line}", words) for words in self._faults()]
        if faults:
            words = "; ".join(fault.detail for fault in faults)
            raise InvalidInput(words, pointer=faults[0].pointer, faults=faults)

    def document(self, cells: Sequence[str]) -> Mapping[str, object]:
        """The service document of a row with as many cells as there are columns."""
        document: dict[str, object] = {}
        for column, cell in zip(self.columns, cells, strict=True):
            value = _value(column, cell.strip())
            if column in NOTES or value is _ABSENT:
                continue
            if column in _NESTED:
                outer, inner = _NESTED[column]
                nested = document.setdefault(outer, {})
                if isinstance(nested, dict):
                    nested[inner] = value
            else:
                document[column] = value
        return document

    def _faults(self) -> Iterator[str]:
        if self.record.fault:
            yield self.record.fault
            return
        known = {*REQUIRED, *OPTIONAL, *NOTES}
        for column in dict.fromkeys(self.columns):
            if column not in known:
                yield f"there is no column {column[:40]!r}; known are {', '.join((*REQUIRED, *OPTIONAL))}"
            elif self.columns.count(column) > 1:
                yield f"the column {column} stands there twice"
        missing = [column for column in REQUIRED if column not in self.columns]
        if missing:
            yield f"the column {', '.join(missing)} is missing"


_ABSENT: Final = object()


def _value(column: str, cell: str) -> object:
    if not cell:
        return _KEPT_BLANK.get(column, _ABSENT)
    if column == "visit_no" and cell.isascii() and cell.isdigit() and len(cell) <= 10:  # noqa: PLR2004 - of 32 bits
        return int(cell)
    return cell


def read_header(lines: LineReader, encoding: str, path: str) -> CsvHeader:
    """The header.

    Raises:
        InvalidInput: there is none, or its columns are not those of a service.

    """
    first = lines.next_line()
    if first is None:
        raise InvalidInput("is empty; begin with a row of column names", pointer=f"{path}:1")
    delimiter = delimiter_of((first.content or b"").decode(encoding, "replace"))
    lines.put_back([first])
    return CsvHeader(next(read_csv(lines, encoding, delimiter)), delimiter, path)


def csv_rows(lines: LineReader, header: CsvHeader, encoding: str) -> Iterator[Row]:
    """The rows below the header."""
    for record in read_csv(lines, encoding, header.delimiter):
        fault = record.fault
        if not fault and len(record.cells) != len(header.columns):
            fault = f"has {len(record.cells)} cells, the header has {len(header.columns)}"
        document = None if fault else header.document(record.cells)
        yield Row(record.line, record.next_line, record.end, record.text, document, fault)


def column_of(pointer: str) -> str:
    """The column that a JSON pointer into the document leads to."""
    return pointer.strip("/").replace("/", "_")
