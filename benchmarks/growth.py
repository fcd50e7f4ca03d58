"""Ten thousand, a hundred thousand, a million stored services: what one rating, text, reminder or page costs.

Each size has a database and a web process of its own, on SQLite and on PostgreSQL; all sizes take turns, so
that ratios hold where the machine's pace drifts. `--sizes 1e4,1e5,1e6,1e7` adds the largest: about 20 GB of
disk for a while. `--write` puts the figures into docs/performance.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks import growth_costs, servers
from benchmarks.growth_costs import Grown, Size
from benchmarks.growth_page import write
from benchmarks.hot_statements import Sample, plans
from benchmarks.postgres import database_size, main_process, private_server, table_sizes
from benchmarks.stored_services import Prepared, fill
from benchmarks.waiting_reminders import KEY, empty_database, opened
from gateway.adapters.clock import SystemClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.essentials import Essentials
from gateway.application.queue_text import QueueText
from gateway.application.send_reminders import SendReminders
from gateway.bootstrap.folders import data_folder
from gateway.settings import Settings
from gateway.telemetry.logging import configure_logging
from gateway.telemetry.metrics import Metrics

SIZES: Final = (10_000, 100_000, 1_000_000)
ENGINES: Final = ("SQLite", "PostgreSQL")
BYTES_EACH: Final = 2400
"""Of disk for each stored service with all that hangs on it."""
ROUNDS: Final = 5


@dataclass(frozen=True)
class Round:
    """How much of each is done in one round."""

    ratings: int = 180
    """Of either age."""
    texts: int = 60
    pages: int = 8
    services: int = 100
    entries: int = 160


async def measure(
    engine: str,
    sizes: Sequence[int] = SIZES,
    *,
    server_url: str | None = None,
    rounds: int = ROUNDS,
    work: Round | None = None,
    prepared: Prepared | None = None,
) -> Grown:
    """All sizes on one engine; `server_url` is a PostgreSQL server's, None = a private one's."""
    work, prepared = work or Round(), prepared or Prepared()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if engine == "PostgreSQL" and server_url is None:
            server_url = stack.enter_context(private_server())
        at = [await stack.enter_async_context(_filled(server_url, folder, n, prepared)) for n in sizes]
        for number in range(rounds):
            for size in at:
                await _take_turn(size, work)
            _say(f"{engine}: round {number + 1} of {rounds}")
        largest = at[-1]
        return Grown(
            engine=engine,
            sizes=tuple(sizes),
            costs={what: [size.costs[what] for size in at] for what in largest.costs},
            plans=await plans(largest.database, _sample(largest)),
            bytes_each=[await _bytes(size.stored.url) / size.stored.total for size in at],
            table_bytes=await table_sizes(largest.stored.url) if server_url else {},
        )


@asynccontextmanager
async def _filled(
    server_url: str | None, folder: Path, total: int, prepared: Prepared
) -> AsyncIterator[Size]:
    """A database of this size with a web process on it."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(empty_database(server_url, folder))
        stored = await fill(url, total, prepared)
        database, _ = await stack.enter_async_context(opened(url))
        served = servers.gateway(
            folder,
            "web",
            HAOCHAPING_DATABASE__URL=url,
            HAOCHAPING_PRIVACY__KEYS=f'["{b64encode(KEY).decode()}"]',
        )
        port, web = stack.enter_context(served)
        yield Size(stored, database, _reminders(database), port, web, await main_process(url))


def _reminders(database: SqlDatabase) -> SendReminders:
    settings = Settings()
    # Whenever it is measured, nothing is put off until the morning.
    rules = replace(settings.rules_for_domain(), quiet_hours=None)
    essentials = Essentials(database, SystemClock(), rules, Metrics())
    return SendReminders(
        essentials, QueueText(JinjaMessageTexts(data_folder("sms_templates"), settings.sms.signature))
    )


async def _take_turn(size: Size, work: Round) -> None:
    await growth_costs.report(size, work.services)
    await growth_costs.rate(size, work.ratings)
    await growth_costs.text(size, work.texts)
    await growth_costs.page(size, work.pages)
    await growth_costs.show(size, work.services)
    await growth_costs.remind(size)
    await growth_costs.deliver(size, work.entries)


def _sample(size: Size) -> Sample:
    total = size.stored.total
    return Sample(total // 2 // 20 * 20, total, size.stored.proxies[0], datetime.now(UTC))


async def _bytes(url: str) -> int:
    if url.startswith("postgresql"):
        return await database_size(url)
    return await asyncio.to_thread(os.path.getsize, url.removeprefix("sqlite:///"))


def _say(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)


def _has_room(sizes: Sequence[int]) -> bool:
    needed = sum(sizes) * BYTES_EACH * 1.3
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < needed:
        _say(f"{needed / 1e9:.0f} GB are needed under {tempfile.gettempdir()}, {free / 1e9:.0f} GB are free")
    return free >= needed


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth", description="Cost by stored services."
    )
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="such as 1e4,1e5,1e6,1e7")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--database", help="postgresql://user@host:port/postgres instead of a private server")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    given = parser.parse_args()
    sizes = [int(float(size)) for size in given.sizes.split(",")]
    if not _has_room(sizes):
        sys.exit(1)
    configure_logging("warning")
    begun = time.monotonic()
    grown = []
    for engine in given.engines.split(","):
        server_url = given.database if engine == "PostgreSQL" else None
        grown.append(asyncio.run(measure(engine, sizes, server_url=server_url)))
        _say(f"{engine}: done after {time.monotonic() - begun:.0f} s in all")
    write(grown, to_page=given.write)


if __name__ == "__main__":
    main()
