"""More processes on one PostgreSQL: ratings taken, and the outbox drained, by one, two, four.

The balancer is the sender itself, whose connections go to the web processes in turn: nothing else then takes
of the cores what is to be measured. Sender, core store, PostgreSQL and all processes share the machine, so a
ratio near 1 on two cores says little; what a rating costs each part in processor time carries over.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from benchmarks import servers
from benchmarks.load import drive
from benchmarks.page import PERFORMANCE, machine, table, write_part
from benchmarks.postgres import main_process, private_server, wal_bytes
from benchmarks.processes import family_seconds, processor_seconds
from benchmarks.receivers import STORE_TOKEN, Arrivals, core_store
from benchmarks.waiting_reminders import KEY, empty_database, opened
from benchmarks.webhooks import ENTRY, next_step, pressed, signed, webhook_fields
from gateway.adapters.clock import SystemClock
from gateway.domain.outbox import OutboxEntry, OutboxKind
from tests.peers.postgres import free_port

PART: Final = "nodes"
COUNTS: Final = (1, 2, 4)
DELAYS: Final = (0.0, 0.02)
"""Seconds that the core store takes to answer."""
CONNECTIONS: Final = 64
SLICE: Final = 400
ROUNDS: Final = 5
ENTRIES: Final = 2000
_PATIENCE: Final = 300
_COSTS: Final = {
    "processor µs of the gateway": "gateway_us",
    "processor µs of PostgreSQL": "database_us",
    "bytes of PostgreSQL's log": "wal_bytes",
}
"""For one, beside its pace."""


@dataclass(frozen=True)
class Used:
    """What was used: processor seconds of the gateway's processes and of PostgreSQL, bytes of its log."""

    gateway: float
    database: float
    wal: float

    def __sub__(self, before: Used) -> Used:
        return Used(self.gateway - before.gateway, self.database - before.database, self.wal - before.wal)


@dataclass
class Paced:
    """How fast so many processes were, and what one thing cost each part; a figure for each round."""

    per_second: list[float] = field(default_factory=list)
    gateway_us: list[float] = field(default_factory=list)
    database_us: list[float] = field(default_factory=list)
    wal_bytes: list[float] = field(default_factory=list)

    def note(self, count: int, seconds: float, used: Used) -> None:
        """One round."""
        self.per_second.append(count / seconds)
        self.gateway_us.append(used.gateway / count * 1e6)
        self.database_us.append(used.database / count * 1e6)
        self.wal_bytes.append(used.wal / count)


Figures = dict[str, dict[int, Paced]]
"""By what was done, by how many processes."""


@dataclass(frozen=True)
class Nodes:
    """Processes of one role on one database."""

    url: str
    public: int
    """The port that carriers would call: the balancer's."""
    ports: tuple[int, ...]
    processes: tuple[int, ...]
    server: int

    async def used(self) -> Used:
        """So far."""
        wal = await wal_bytes(self.url)
        return Used(sum(map(processor_seconds, self.processes)), family_seconds(self.server), wal)


async def measure(
    server_url: str, *, size: int = SLICE, rounds: int = ROUNDS, entries: int = ENTRIES
) -> Figures:
    """Both, one after the other."""
    webs = await measure_webs(server_url, size, rounds)
    return {"ratings": webs, **await measure_workers(server_url, entries)}


async def measure_webs(server_url: str, size: int, rounds: int) -> dict[int, Paced]:
    """Key presses that rate, sent to the first, the first two, all four of the same processes in turns."""
    figures = {count: Paced() for count in COUNTS}
    async with _nodes(server_url, "web", max(COUNTS)) as nodes:
        public = nodes.public
        calls = range(size * rounds * len(COUNTS))
        arrivals = [signed(public, ENTRY, webhook_fields(n)) for n in calls]
        _, documents = await drive(nodes.ports, arrivals, CONNECTIONS)
        steps = [next_step(public, document) for document in documents]
        presses = [pressed(public, step, n, str(n % 3 + 1)) for n, step in enumerate(steps)]
        for _ in range(rounds):
            for count in COUNTS:
                requests, presses = presses[:size], presses[size:]
                before = await nodes.used()
                load, _ = await drive(nodes.ports[:count], requests, CONNECTIONS)
                figures[count].note(size, size / load.per_second, await nodes.used() - before)
    return figures


async def measure_workers(server_url: str, entries: int) -> Figures:
    """Deliveries to a core store that answers at once, and to one that takes its time."""
    figures: Figures = {_drained(delay): {} for delay in DELAYS}
    for count in COUNTS:
        arrivals = Arrivals()
        async with core_store(arrivals) as store, _nodes(server_url, "worker", count, store) as nodes:
            for delay in DELAYS:
                arrivals.answer_after = delay
                figures[_drained(delay)][count] = await _drain(nodes, arrivals, entries)
    return figures


async def _drain(nodes: Nodes, arrivals: Arrivals, entries: int) -> Paced:
    """From the first arrival to the last, so that no poll counts."""
    arrivals.at.clear()
    ids = [uuid4().hex for _ in range(entries)]
    async with opened(nodes.url) as (database, _), database.transaction() as work:
        await work.outbox.add([_entry(service_id) for service_id in ids])
    before = await nodes.used()
    async with asyncio.timeout(_PATIENCE):
        await arrivals.wait_for(entries)
    seconds = max(arrivals.at.values()) - min(arrivals.at.values())
    paced = Paced()
    paced.note(entries, seconds, await nodes.used() - before)
    return paced


def _entry(service_id: str) -> OutboxEntry:
    now = SystemClock().now()
    document = {
        "evaluation_id": service_id,
        "revision": 1,
        "service_id": service_id,
        "sequence": 1,
        "subject": {"kind": "item", "code": "4415000001", "name": "居民身份证换领"},
        "agency_code": "11441500MB2C90123X",
        "region_code": "441500",
        "level": "satisfied",
        "level_code": 2,
        "points": 8,
        "channel": "phone",
        "channel_code": 6,
        "comment": "",
        "raw_input": "2",
        "evaluated_at": now.isoformat(timespec="seconds"),
        "applied_from": None,
        "adopted": True,
    }
    return OutboxEntry(
        kind=OutboxKind.CORE_STORE,
        key=f"{service_id}:1",
        payload=document,
        due_at=now,
        created_at=now,
        order_key=service_id,
    )


@asynccontextmanager
async def _nodes(server_url: str, role: str, count: int, store: str = "") -> AsyncIterator[Nodes]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(empty_database(server_url, folder))
        server = await main_process(server_url)
        assert server is not None
        public = free_port()
        settings = {
            "HAOCHAPING_DATABASE__URL": url,
            "HAOCHAPING_SERVER__PUBLIC_URL": f"http://127.0.0.1:{public}",
            "HAOCHAPING_PRIVACY__KEYS": f'["{b64encode(KEY).decode()}"]',
        }
        if store:
            settings |= {
                "HAOCHAPING_CORE_STORE__KIND": "http",
                "HAOCHAPING_CORE_STORE__URL": store,
                "HAOCHAPING_CORE_STORE__TOKEN": STORE_TOKEN,
            }
        async with opened(url):
            # The schema is made once.
            pass
        serving = [servers.gateway(folder, role, **settings) for _ in range(count)]
        started = await asyncio.gather(*(_entered(stack, served) for served in serving))
        ports, processes = zip(*started, strict=True)
        yield Nodes(url, public, ports, processes, server)


async def _entered(stack: AsyncExitStack, served: AbstractContextManager[tuple[int, int]]) -> tuple[int, int]:
    """Port and process id; in threads: while it drains, a process still talks to our receivers."""
    started = await asyncio.to_thread(served.__enter__)
    stack.push_async_callback(asyncio.to_thread, served.__exit__, None, None, None)
    return started


def _drained(delay: float) -> str:
    return "deliveries, store at once" if not delay else f"deliveries, store after {delay * 1000:.0f} ms"


def part(figures: Figures) -> str:
    """The whole part of docs/performance.md."""
    head = ["PostgreSQL", *(f"{count} process{'es' if count > 1 else ''}" for count in COUNTS)]
    head += [f"{count} : 1" for count in COUNTS[1:]]
    lines = [head]
    for what, by_count in figures.items():
        paces = [statistics.median(by_count[count].per_second) for count in COUNTS]
        ratios = [f"{pace / paces[0]:.2f}" for pace in paces[1:]]
        lines.append([f"{what}, in a second", *(f"{pace:,.0f}" for pace in paces), *ratios])
        for name, whose in _COSTS.items():
            cost = [statistics.median(getattr(by_count[count], whose)) for count in COUNTS]
            ratios = [f"{one / cost[0]:.2f}" for one in cost[1:]]
            lines.append([f"{what}: {name}", *(f"{one:,.0f}" for one in cost), *ratios])
    return machine() + "\n\n" + table(lines)


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_nodes", description="More processes.")
    parser.add_argument("--database", help="postgresql://user@host:port/postgres instead of a private server")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    given = parser.parse_args()
    if given.database:
        figures = asyncio.run(measure(given.database))
    else:
        with private_server() as url:
            figures = asyncio.run(measure(url))
    print(part(figures))
    if given.write:
        write_part(PERFORMANCE, PART, part(figures))


if __name__ == "__main__":
    main()
