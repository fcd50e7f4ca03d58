"""Figures in the docs: each benchmark writes and reads a part of its own, between two markers."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

DOCS: Final = Path(__file__).parent.parent / "docs"
PERFORMANCE: Final = DOCS / "performance.md"
CAPACITY: Final = DOCS / "capacity.md"

Line = Sequence[str]


def table(lines: Sequence[Line]) -> str:
    """Markdown that also reads well in a terminal; the first line is the head."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    cells = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    cells.insert(1, "|-" + "-|-".join("-" * width for width in widths) + "-|")
    return "\n".join(cells) + "\n"


def with_part(page: str, name: str, body: str) -> str:
    """The page with this body between the part's markers.

    Raises:
        ValueError: the page lacks a marker.

    """
    found = _part(name).search(page)
    if found is None:
        raise ValueError(f"the page needs the lines <!-- {name}: … --> and <!-- end of {name} -->")
    return page[: found.start("body")] + f"\n{body}\n" + page[found.end("body") :]


def write_part(path: Path, name: str, body: str) -> None:
    """The same in a file."""
    path.write_text(with_part(path.read_text(encoding="utf-8"), name, body), encoding="utf-8")


def read_tables(page: str, name: str) -> dict[str, list[str]]:
    """The cells of all tables in a part, by what their lines begin with."""
    found = _part(name).search(page)
    if found is None:
        raise ValueError(f"the page has no part {name}")
    lines = [line for line in found["body"].splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


def machine() -> str:
    """What the figures were taken on, in a sentence."""
    day = datetime.now(UTC).date().isoformat()
    return f"Taken on {day}: {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."


def _part(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"^<!-- {re.escape(name)}: [^\n]*-->\n(?P<body>.*?)^<!-- end of {re.escape(name)} -->$",
        re.DOTALL | re.MULTILINE,
    )
