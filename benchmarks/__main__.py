"""All benchmarks in one run: a table with the ratios first.

`--write` puts the table into docs/performance.md, between its two markers. Reminders are measured on SQLite
and on PostgreSQL: a private server, or the one that `--database` names.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from benchmarks import latency, reminders, reply_reader, webhooks
from benchmarks.postgres import private_server

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
BEGIN = "<!-- figures: written by `make bench` -->\n"
END = "<!-- end of figures -->\n"
_READER_SLICE_SECONDS = 0.3

Figures = Mapping[str, Any]


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str
    aim: str


def webhook_rows(f: Figures, engine: str) -> list[Row]:
    """Rating webhooks against the bare handler."""
    return [
        Row(f"{engine}: rating webhooks, durable : bare handler", f"{f['ratio']:.2f}", "≥ 0.50"),
        Row(f"{engine}: processor time, bare handler : durable", f"{f['processor_ratio']:.2f}", ""),
        Row(f"bare handler, beside {engine}", f"{f['bare_per_second']:,.0f} /s", ""),
        Row(f"{engine}: rating webhooks, durable", f"{f['durable_per_second']:,.0f} /s", ""),
        Row(f"{engine}: time to the answer, p50 / p99", _two(f, "p50_ms", "p99_ms"), ""),
        Row(
            f"{engine}: processor time for a request, bare / durable",
            f"{f['bare_processor_us']:.0f} / {f['durable_processor_us']:.0f} µs",
            "",
        ),
    ]


def reminder_rows(f: Figures, engine: str) -> list[Row]:
    """Reminders with many waiting against few waiting."""
    return [
        Row(
            f"{engine}: finding due reminders, 1,000,000 : 10,000 waiting",
            f"{f['find_ratio']:.2f}",
            "about 1",
        ),
        Row(f"{engine}: peak memory, 1,000,000 : 10,000 waiting", f"{f['peak_ratio']:.2f}", "about 1"),
        Row(f"{engine}: sending, 1,000,000 : 10,000 waiting", f"{f['per_second_ratio']:.2f}", "about 1"),
        Row(f"{engine}: reminders from due to the carrier", f"{f['per_second']:,.0f} /s", "≥ 500 /s"),
        Row(f"{engine}: finding and reading 200 due ones", f"{f['find_ms']:.1f} ms", ""),
        Row(f"{engine}: peak memory while sending 10,000", f"{f['peak_mb']:.0f} MB", ""),
    ]


def latency_rows(f: Figures) -> list[Row]:
    """Ratings on their way."""
    load = f"at {f['per_second']:.0f} ratings/s"
    return [
        Row(f"{load}: key press to the answer, p50 / p99", _two(f, "webhook_p50_ms", "webhook_p99_ms"), ""),
        Row(f"{load}: key press to core store, p50 / p99", _two(f, "store_p50_ms", "store_p99_ms"), ""),
        Row(f"{load}: bad rating to mailbox, p50 / p99", _two(f, "email_p50_ms", "email_p99_ms"), ""),
    ]


def reader_rows(f: Figures) -> list[Row]:
    """The reply reader against the least that any reader does."""
    return [
        Row("reply reader : taking off blanks and width", f"{f['ratio']:.3f}", ""),
        Row("replies read", f"{f['replies_per_second']:,.0f} /s", "≥ 20,000 /s"),
        Row("… by the full rules, no short cut", f"{f['by_full_rules_per_second']:,.0f} /s", ""),
    ]


def _two(f: Figures, first: str, second: str) -> str:
    return f"{f[first]:.0f} / {f[second]:.0f} ms"


def measure(postgres_url: str) -> list[Row]:
    """Run everything, one after the other."""
    rows = webhook_rows(uvloop.run(webhooks.measure()), "SQLite")
    rows += webhook_rows(uvloop.run(webhooks.measure(postgres_url)), "PostgreSQL")
    rows += reminder_rows(asyncio.run(reminders.measure()), "SQLite")
    rows += reminder_rows(asyncio.run(reminders.measure(postgres_url)), "PostgreSQL")
    rows += latency_rows(uvloop.run(latency.measure(latency.EASY)))
    rows += latency_rows(uvloop.run(latency.measure(latency.PER_SECOND)))
    rows += reader_rows(reply_reader.measure(_READER_SLICE_SECONDS))
    return sorted(rows, key=_is_absolute)


def _is_absolute(row: Row) -> bool:
    """A ratio is a bare number."""
    return not row.figure.replace(".", "").isdigit()


def table(rows: Sequence[Row]) -> str:
    """Markdown that also reads well in a terminal."""
    lines = [Row("what", "figure", "aim"), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    cells = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    cells.insert(1, "|-" + "-|-".join("-" * width for width in widths) + "-|")
    return "\n".join(cells) + "\n"


def written(page: str, rows: Sequence[Row], where: str) -> str:
    """The page with these figures between its markers.

    Raises:
        ValueError: the page lacks a marker.

    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{where}\n\n{table(rows)}\n{END}{after}"


def machine() -> str:
    """What the figures were taken on, in a sentence."""
    day = datetime.now(UTC).date().isoformat()
    return f"Taken on {day}: {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Speed, as ratios in one run.")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    parser.add_argument("--database", help="postgresql://user@host:port/postgres instead of a private server")
    given = parser.parse_args()
    with nullcontext(given.database) if given.database else private_server() as postgres_url:
        rows = measure(postgres_url)
    print(table(rows), end="")
    if given.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), rows, machine()), encoding="utf-8")


if __name__ == "__main__":
    main()
