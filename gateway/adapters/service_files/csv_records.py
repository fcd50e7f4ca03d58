"""Records of a CSV file (RFC 4180): mostly a line, several where a quoted cell holds line ends."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.adapters.service_files.lines import LONGEST, TOO_LONG, Line, LineReader

_MOST_LINES: Final = 100
_UNCLOSED: Final = 'has a quotation mark " that is never closed'
_DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class CsvRecord:
    """One record; without cells it has a fault."""

    line: int
    next_line: int
    end: int
    text: str
    cells: Sequence[str]
    fault: str = ""


class _Unclosed(ValueError):  # noqa: N818 - never leaves this module
    """The record goes on in the next line."""


def read_csv(lines: LineReader, encoding: str, delimiter: str) -> Iterator[CsvRecord]:
    """The records; blank ones are left out.

    A quotation that never closes is the fault of its first line alone: what follows is read afresh, so
    that one stray quotation mark costs one row and not the rest of the file.
    """
    while (first := lines.next_line()) is not None:
        record = _record(first, lines, encoding, delimiter)
        if record.fault or any(cell.strip() for cell in record.cells):
            yield record


def delimiter_of(header: str) -> str:
    """Comma, semicolon or tab, whichever the header has most of: spreadsheets write each of them."""
    return max(_DELIMITERS, key=header.count)


def _record(first: Line, lines: LineReader, encoding: str, delimiter: str) -> CsvRecord:
    taken = [first]
    while True:
        try:
            text = _text(taken, encoding)
            return _made(taken, text, cells_of(text, delimiter))
        except _Unclosed:
            more = lines.next_line() if len(taken) < _MOST_LINES else None
            if more is not None:
                taken.append(more)
                continue
            lines.put_back(taken[1:])
            return _made([first], _text([first], encoding), (), _UNCLOSED)
        except UnicodeDecodeError:
            return _made(taken, "", (), f"is not written in {encoding}")
        except ValueError as error:
            lines.put_back(taken[1:])
            return _made([first], "", (), str(error))


def _made(lines: Sequence[Line], text: str, cells: Sequence[str], fault: str = "") -> CsvRecord:
    return CsvRecord(lines[0].number, lines[-1].number + 1, lines[-1].end, text, cells, fault)


def _text(lines: Sequence[Line], encoding: str) -> str:
    """The record as text; raises ValueError when it is too long."""
    contents = [line.content for line in lines if line.content is not None]
    if len(contents) < len(lines) or sum(map(len, contents)) > LONGEST:
        raise ValueError(TOO_LONG)
    return b"".join(contents).decode(encoding).removeprefix("\ufeff").rstrip("\r\n")


def cells_of(text: str, delimiter: str) -> Sequence[str]:
    """The cells of one record; raises ValueError when it is not one."""
    # Line ends alone end a line here; `splitlines` would also cut at characters that names may hold.
    lines = io.StringIO(text, newline="\n")
    try:
        return next(csv.reader(lines, delimiter=delimiter, strict=True), ())
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise _Unclosed from None
        raise ValueError(f"is not CSV: {error}") from None
