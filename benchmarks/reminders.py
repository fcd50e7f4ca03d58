"""A million waiting reminders: what finding the due ones costs, how fast they go out, in how much memory.

Each is measured twice in one run, with 10,000 and with 1,000,000 waiting, because the ratio of the two is
what matters. `--database postgresql://…` measures on that server instead of on SQLite. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import event

from benchmarks.waiting_reminders import MORNING, empty_database, fill, opened
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.send_reminders import BATCH

FEW = 10_000
MANY = 1_000_000
DUE = 10_000
_ROUNDS = 15


async def measure(
    server_url: str | None = None, *, few: int = FEW, many: int = MANY, due: int = DUE
) -> dict[str, Any]:
    """The figures; `server_url` is a PostgreSQL server's maintenance database, None = SQLite."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        urls = []
        for waiting in (few, many):
            url = await stack.enter_async_context(empty_database(server_url, folder))
            await fill(url, waiting, due)
            urls.append(url)
        found, plan = await _finding(urls)
        small, large = (dispatched(url, due) for url in urls)
    return {
        "find_ratio": found[1] / found[0],
        "find_ms": found[1] * 1000,
        "per_second": large["per_second"],
        "per_second_ratio": large["per_second"] / small["per_second"],
        "peak_mb": large["peak_mb"],
        "peak_ratio": large["peak_mb"] / small["peak_mb"],
        "plan": plan,
    }


async def _finding(urls: list[str]) -> tuple[list[float], str]:
    """Seconds to find and read one batch in each database, taking turns; and how the last is searched."""
    async with AsyncExitStack() as stack:
        databases = [(await stack.enter_async_context(opened(url)))[0] for url in urls]
        taken: list[list[float]] = [[] for _ in databases]
        for _ in range(_ROUNDS):
            for place, database in enumerate(databases):
                taken[place].append(await _find(database))
        return [statistics.median(times) for times in taken], await explained(databases[-1])


async def _find(database: SqlDatabase) -> float:
    async with database.reading() as work:
        begun = time.perf_counter()
        found = await work.invitations.due_reminders(MORNING, BATCH)
        seconds = time.perf_counter() - begun
    assert found
    return seconds


async def explained(database: SqlDatabase) -> str:
    """The engine's plan for the very statement that finds due reminders."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    engine = database.reading_engine
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await _find(database)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    statement, parameters = next(pair for pair in sent if "remind_at" in pair[0])
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    async with engine.connect() as connection:
        rows = (await connection.exec_driver_sql(explain + statement, parameters)).all()
    return "; ".join(str(row[-1]).strip() for row in rows)


def dispatched(url: str, due: int) -> dict[str, float]:
    """What `benchmarks.reminder_dispatch` measures in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.reminder_dispatch", url, str(due)]
    root = Path(__file__).parent.parent
    done = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE)
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Reminders with a million waiting.")
    parser.add_argument("--database", help="postgresql://user@host:port/postgres instead of SQLite")
    parser.add_argument("--waiting", type=int, default=MANY)
    parser.add_argument("--due", type=int, default=DUE)
    given = parser.parse_args()
    figures = asyncio.run(measure(given.database, many=given.waiting, due=given.due))
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
