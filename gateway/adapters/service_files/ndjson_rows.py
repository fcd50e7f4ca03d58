"""Rows of an NDJSON file: one service document per line."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.adapters.service_files.csv_rows import NOTES
from gateway.adapters.service_files.lines import TOO_LONG, Line, LineReader
from gateway.application.ports.service_files import Row
from gateway.domain.errors import InvalidInput
from gateway.domain.json_objects import read_json_object


def ndjson_rows(lines: LineReader, encoding: str) -> Iterator[Row]:
    """The rows; blank lines are left out."""
    while (line := lines.next_line()) is not None:
        if line.content is None or line.content.strip():
            yield _row(line, encoding)


def _row(line: Line, encoding: str) -> Row:
    text, document, fault = "", None, ""
    try:
        if line.content is None:
            fault = TOO_LONG
        else:
            text = line.content.decode(encoding).removeprefix("\ufeff").rstrip("\r\n")
            document = read_json_object(text.encode())
    except UnicodeDecodeError:
        fault = f"is not written in {encoding}"
    except InvalidInput as error:
        fault = str(error)
    if document is not None:
        document = {name: value for name, value in document.items() if name not in NOTES}
    return Row(line.number, line.number + 1, line.end, text, document, fault)
