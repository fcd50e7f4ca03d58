"""Whether memory stays flat: minutes of mixed load, with failures, against a web process and a worker.

Calls with ratings, texts, pages of the API, services reported, requests that are refused; the core store
fails one delivery in ten. Again and again the processes' memory and what Python's allocator holds are noted;
after a warm-up a line is laid through them, and its slope told for a hundred thousand requests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final
from uuid import uuid4

from benchmarks import servers
from benchmarks.load import drive, get, post
from benchmarks.page import PERFORMANCE, machine, table, write_part
from benchmarks.postgres import private_server
from benchmarks.processes import memory_mb
from benchmarks.receivers import STORE_TOKEN, Arrivals, core_store
from benchmarks.waiting_reminders import KEY, empty_database
from benchmarks.webhooks import ENTRY, call_ended, next_step, pressed, signed, webhook_fields

PART: Final = "memory"
SECONDS: Final = 60
CONNECTIONS: Final = 8
_BATCH: Final = 20
_EVERY_SECONDS: Final = 0.5
_LEAST_BATCHES: Final = 6
"""However slow the machine is: a line needs points."""
_WARM_UP: Final = 1 / 3
"""Of the time: caches fill, pools open."""
_PER: Final = 100_000


@dataclass
class Watched:
    """One process and what was noted of it, with the number of events until then."""

    name: str
    process: int
    blocks_file: Path
    memory: list[tuple[int, float]] = field(default_factory=list)
    blocks: list[tuple[int, float]] = field(default_factory=list)

    def note(self, events: int) -> None:
        """As it is now."""
        self.memory.append((events, memory_mb(self.process)))
        lines = self.blocks_file.read_text(encoding="ascii").splitlines() if self.blocks_file.exists() else []
        if lines:
            self.blocks.append((events, float(lines[-1])))


@dataclass(frozen=True)
class Held:
    """What a process held in the end, and by how much that grew for a hundred thousand events."""

    name: str
    memory_mb: float
    memory_slope: float
    blocks: float
    blocks_slope: float


class Mixed:
    """The requests of one batch after the other, none like one before."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = count()

    def calls(self, size: int) -> tuple[list[int], list[bytes]]:
        """Calls that arrive, by their numbers."""
        numbers = [next(self._numbers) for _ in range(size)]
        entries = [f"{ENTRY}&service_id=long-{n}" for n in numbers]
        pairs = zip(numbers, entries, strict=True)
        return numbers, [signed(self._port, entry, webhook_fields(n)) for n, entry in pairs]

    def taken(self, size: int) -> list[bytes]:
        """Texts, services, questions: all are answered with 2xx."""
        requests = []
        for _ in range(size):
            n = next(self._numbers)
            requests += [self._text(n), self._service(n)]
        requests.append(get("/v1/evaluations?limit=100", servers.TOKEN))
        requests.append(get("/metrics", servers.TOKEN))
        return requests

    def refused(self, size: int) -> list[bytes]:
        """Requests of strangers and of careless systems: all are answered with 4xx."""
        headers = {"Authorization": f"Bearer {servers.TOKEN}", "Content-Type": "application/json"}
        requests = []
        for _ in range(size):
            n = next(self._numbers)
            requests.append(signed(self._port + 1, ENTRY, webhook_fields(n)))
            requests.append(post("/v1/services", b'{"service_id": "x"', headers))
            requests.append(get(f"/v1/services/none-{n}", servers.TOKEN))
        return requests

    def _text(self, n: int) -> bytes:
        fields = {
            "MessageSid": f"SM{uuid4().hex}",
            "AccountSid": "AC" + "0" * 32,
            "From": f"+8613{n:09d}",
            "To": servers.LINE,
            "Body": ("1", "4 等太久", "谢谢")[n % 3],
            "NumMedia": "0",
            "ApiVersion": "2010-04-01",
        }
        return signed(self._port, "/twilio/sms/inbound", fields)

    def _service(self, n: int) -> bytes:
        document = {
            "service_id": f"told-{n}",
            "kind": "window",
            "phone": f"+8613{n:09d}",
            "agency_code": "11441500MB2C90123X",
            "region_code": "441500",
            "item": {"code": "4415000001", "name": "居民身份证换领"},
            "staff": {"id": "0231", "name": "陈某"},
            "completed_at": "2026-11-23T10:00:00+08:00",
        }
        headers = {"Authorization": f"Bearer {servers.TOKEN}", "Content-Type": "application/json"}
        return post("/v1/services", json.dumps(document).encode(), headers)


async def measure(server_url: str | None, seconds: float = SECONDS) -> tuple[int, list[Held]]:
    """The number of requests, and each process; `server_url` is PostgreSQL's, None = SQLite in one."""
    arrivals = Arrivals(fail_one_in=10)
    async with AsyncExitStack() as stack:
        port, watched = await stack.enter_async_context(_started(server_url, arrivals))
        events = await _load(port, seconds, watched)
    return events, [_held(one, events) for one in watched]


async def _load(port: int, seconds: float, watched: Sequence[Watched]) -> int:
    mixed = Mixed(port)
    loop = asyncio.get_running_loop()
    events, batches, end, next_note = 0, 0, loop.time() + seconds, loop.time()
    while loop.time() < end or batches < _LEAST_BATCHES:
        events += await _batch(port, mixed)
        batches += 1
        if loop.time() >= next_note:
            for one in watched:
                one.note(events)
            next_note += _EVERY_SECONDS
    return events


async def _batch(port: int, mixed: Mixed) -> int:
    numbers, arrivals = mixed.calls(_BATCH)
    _, documents = await drive(port, arrivals, CONNECTIONS)
    steps = [next_step(port, document) for document in documents]
    presses = [pressed(port, s, n, "152"[n % 3]) for s, n in zip(steps, numbers, strict=True)]
    await drive(port, presses, CONNECTIONS)
    taken = [call_ended(port, n) for n in numbers] + mixed.taken(_BATCH)
    await drive(port, taken, CONNECTIONS)
    refused = mixed.refused(_BATCH // 5)
    await drive(port, refused, CONNECTIONS, answers=b"4")
    return len(arrivals) + len(presses) + len(taken) + len(refused)


@asynccontextmanager
async def _started(server_url: str | None, arrivals: Arrivals) -> AsyncIterator[tuple[int, list[Watched]]]:
    """All processes of an installation: one on SQLite, a web process and a worker on PostgreSQL."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(empty_database(server_url, folder))
        store = await stack.enter_async_context(core_store(arrivals))
        settings = {
            "HAOCHAPING_DATABASE__URL": url,
            # Not the warnings about those who are refused on purpose.
            "HAOCHAPING_LOG__LEVEL": "error",
            "HAOCHAPING_PRIVACY__KEYS": f'["{b64encode(KEY).decode()}"]',
            "HAOCHAPING_CORE_STORE__KIND": "http",
            "HAOCHAPING_CORE_STORE__URL": store,
            "HAOCHAPING_CORE_STORE__TOKEN": STORE_TOKEN,
        }
        watched: list[Watched] = []
        ports: list[int] = []
        for role in ("all",) if server_url is None else ("web", "worker"):
            file = folder / f"{role}.blocks"
            program = ("-m", "benchmarks.watched_gateway", str(file))
            # The demonstration's carrier reports there, also what the worker sent.
            public = {"HAOCHAPING_SERVER__PUBLIC_URL": f"http://127.0.0.1:{ports[0]}"} if ports else {}
            served = servers.gateway(folder, role, program=program, **settings, **public)
            # In a thread: while it drains, it still talks to the receivers in this one.
            port, process = await asyncio.to_thread(served.__enter__)
            stack.push_async_callback(asyncio.to_thread, served.__exit__, None, None, None)
            engine = "SQLite" if server_url is None else "PostgreSQL"
            watched.append(Watched(f"{engine}, role {role}", process, file))
            ports.append(port)
        yield ports[0], watched


def _held(one: Watched, events: int) -> Held:
    """The slopes of what was noted after the warm-up."""
    return Held(
        one.name,
        one.memory[-1][1],
        _slope([note for note in one.memory if note[0] >= events * _WARM_UP]) * _PER,
        one.blocks[-1][1],
        _slope([note for note in one.blocks if note[0] >= events * _WARM_UP]) * _PER,
    )


def _slope(notes: Sequence[tuple[int, float]]) -> float:
    return statistics.linear_regression(*zip(*notes, strict=True)).slope


def part(runs: Sequence[tuple[int, Sequence[Held]]]) -> str:
    """The whole part of docs/performance.md."""
    lines = [["process", "requests", "memory", "… grown by", "Python's blocks", "… grown by"]]
    for events, held in runs:
        lines += [
            [
                one.name,
                f"{events:,}",
                f"{one.memory_mb:,.0f} MB",
                f"{one.memory_slope:+,.1f} MB",
                f"{one.blocks:,.0f}",
                f"{one.blocks_slope:+,.0f}",
            ]
            for one in held
        ]
    return f"{machine()} Growth is for {_PER:,} requests, after a warm-up.\n\n{table(lines)}"


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.long_run", description="Memory over time.")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--write", action="store_true", help="put the figures into docs/performance.md")
    given = parser.parse_args()
    runs = [asyncio.run(measure(None, given.seconds))]
    with private_server() as url:
        runs.append(asyncio.run(measure(url, given.seconds)))
    print(part(runs))
    if given.write:
        write_part(PERFORMANCE, PART, part(runs))


if __name__ == "__main__":
    main()
