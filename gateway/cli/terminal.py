"""What commands print: tables for people, lines for pipes, faults on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from gateway.domain.errors import GatewayError, InvalidInput

_LINE_ENDS: Final = str.maketrans({"\t": "\\t", "\n": "\\n", "\r": "\\r"})


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; lines with tabs between their cells when standard output is no terminal."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            print("\t".join(str(cell).translate(_LINE_ENDS) for cell in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    Console().print(table)


def print_json(document: Mapping[str, object]) -> None:
    """One object on one line."""
    print(json.dumps(document, ensure_ascii=False))


def tell(error: GatewayError) -> None:
    """An expected fault on standard error, one line for each thing that is wrong."""
    if isinstance(error, InvalidInput):
        lines = [
            f"{fault.pointer}: {fault.detail}" if fault.pointer else fault.detail for fault in error.faults
        ]
    else:
        lines = [str(error)]
    print("\n".join(lines), file=sys.stderr)
