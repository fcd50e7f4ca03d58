"""The figures of benchmarks/growth.py as a part of docs/performance.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from benchmarks.page import PERFORMANCE, machine, table, write_part

if TYPE_CHECKING:
    from benchmarks.growth import Grown

PART: Final = "growth"
_GATEWAY: Final = "processor of the gateway"
_DATABASE: Final = "processor of PostgreSQL"


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
        parts += [table(_head(one) + _lines(one)), table(_plan_lines(one))]
    return "\n".join(parts)


def _head(one: Grown) -> list[list[str]]:
    sizes = [f"{size:,}" for size in one.sizes]
    return [[f"{one.engine}: µs for one, with so many services", *sizes, f"{sizes[-1]} : {sizes[0]}"]]


def _lines(one: Grown) -> list[list[str]]:
    lines = []
    for what, costs in one.costs.items():
        by_clock = [cost.wall_us for cost in costs]
        lines.append(_line(f"{one.engine}: {what}", by_clock))
        used = [cost.gateway_us + cost.database_us for cost in costs]
        lines.append(_line("… processor time", used))
    bytes_each = [f"{size:,.0f}" for size in one.bytes_each]
    lines.append([f"{one.engine}: bytes on disk for each service", *bytes_each, ""])
    return lines


def _line(what: str, figures: Sequence[float]) -> list[str]:
    return [what, *(f"{figure:,.0f}" for figure in figures), f"{figures[-1] / figures[0]:.2f}"]


def _plan_lines(one: Grown) -> list[list[str]]:
    head = [f"{one.engine}, {one.sizes[-1]:,} services", "plan"]
    return [head, *([what, _one_line(lines)] for what, lines in one.plans.items())]


def _one_line(lines: Sequence[str]) -> str:
    kept = [line.strip().removeprefix("->").strip() for line in lines]
    return "; ".join(line.replace("|", "or") for line in kept)
