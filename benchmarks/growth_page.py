"""The figures of benchmarks/growth.py as a part of docs/performance.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from benchmarks.page import PERFORMANCE, machine, table, write_part

if TYPE_CHECKING:
    from benchmarks.growth_costs import Grown

PART: Final = "growth"
GATEWAY: Final = "processor of the gateway"
DATABASE: Final = "processor of PostgreSQL"
BOTH: Final = "processor of both"
ROW_BYTES: Final = "bytes on disk for each row, with its indexes"
_READ: Final = re.compile(r"SEARCH|SCAN (?!CONSTANT)|(Parallel )?Seq Scan|.*Index (Only )?Scan|Bitmap Heap")


def write(grown: Sequence[Grown], *, to_page: bool) -> None:
    """Print the figures; into docs/performance.md too when asked."""
    body = part(grown)
    print(body)
    if to_page:
        write_part(PERFORMANCE, PART, body)


def part(grown: Sequence[Grown]) -> str:
    """The whole part in Markdown."""
    parts = [machine() + "\n"]
    for one in grown:
        parts.append(table(_head(one) + _lines(one)))
        if one.table_bytes:
            parts.append(table(_table_lines(one)))
    parts += [_plans(one) for one in grown]
    return "\n".join(parts)


def _head(one: Grown) -> list[list[str]]:
    sizes = [f"{size:,}" for size in one.sizes]
    return [[f"{one.engine}: µs for one, with so many services", *sizes, f"{sizes[-1]} : {sizes[0]}"]]


def _lines(one: Grown) -> list[list[str]]:
    lines = []
    for what, costs in one.costs.items():
        by_clock = [cost.wall_us for cost in costs]
        lines.append(_line(f"{one.engine}: {what}", by_clock))
        lines.append(_line(f"{one.engine}: {what}, {GATEWAY}", [cost.gateway_us for cost in costs]))
        if one.table_bytes:
            lines.append(_line(f"{one.engine}: {what}, {DATABASE}", [cost.database_us for cost in costs]))
            both = [cost.gateway_us + cost.database_us for cost in costs]
            lines.append(_line(f"{one.engine}: {what}, {BOTH}", both))
    bytes_each = [f"{size:,.0f}" for size in one.bytes_each]
    lines.append([f"{one.engine}: bytes on disk for each service", *bytes_each, ""])
    return lines


def _table_lines(one: Grown) -> list[list[str]]:
    lines = [
        [f"{one.engine}, rows of {name}", f"{size:,.0f}"] for name, size in sorted(one.table_bytes.items())
    ]
    return [[f"{one.engine}, {one.sizes[-1]:,} services", ROW_BYTES], *lines]


def _line(what: str, figures: Sequence[float]) -> list[str]:
    ratio = figures[-1] / figures[0] if figures[0] else 1.0
    return [what, *(f"{figure:,.0f}" for figure in figures), f"{ratio:.2f}"]


def _plans(one: Grown) -> str:
    head = f"Plans of {one.engine} with {one.sizes[-1]:,} services, sorts and joins left out:\n\n"
    return head + "\n".join(f"- {what}: {_reads(lines)}" for what, lines in one.plans.items()) + "\n"


def _reads(lines: Sequence[str]) -> str:
    """How tables are read; each way once."""
    stripped = (line.strip().removeprefix("->").strip() for line in lines)
    return ", ".join(dict.fromkeys(f"`{line}`" for line in stripped if _READ.match(line)))
