"""What one thing costs amid many stored ones: asked of a real web process, or of the worker's own code."""

from __future__ import annotations

import json
import random
import statistics
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import uuid4

from benchmarks import servers
from benchmarks.load import drive, get, post
from benchmarks.processes import family_seconds, processor_seconds
from benchmarks.stored_rows import DAYS, service_id_of
from benchmarks.stored_services import Stored
from benchmarks.webhooks import ENTRY, call_ended, next_step, pressed, signed, webhook_fields
from gateway.adapters.clock import SystemClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.send_reminders import SendReminders
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber

CONNECTIONS: Final = 16
_PAGE: Final = 100
_CLAIMED: Final = 16
_LEASE: Final = timedelta(minutes=2)


@dataclass
class Cost:
    """Of one thing of a kind, in seconds; a figure for each round."""

    wall: list[float] = field(default_factory=list)
    gateway: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    @property
    def wall_us(self) -> float:
        """Microseconds by the clock, `CONNECTIONS` at a time where a web process was asked."""
        return statistics.median(self.wall) * 1e6

    @property
    def gateway_us(self) -> float:
        """Microseconds of processor time of the gateway's process, with SQLite in it."""
        return statistics.median(self.gateway) * 1e6

    @property
    def database_us(self) -> float:
        """The same of PostgreSQL; 0 with SQLite."""
        return statistics.median(self.database) * 1e6


@dataclass(frozen=True)
class Grown:
    """What was measured on one engine."""

    engine: str
    sizes: tuple[int, ...]
    costs: Mapping[str, Sequence[Cost]]
    """Of each thing, at each size."""
    plans: Mapping[str, Sequence[str]]
    """Of the hot statements, at the largest size."""
    bytes_each: Sequence[float]
    """On disk for each stored service, at each size."""
    table_bytes: Mapping[str, float]
    """For each row of a table with its indexes, at the largest size; PostgreSQL only."""


@dataclass
class Size:
    """A database of one size, with its web process."""

    stored: Stored
    database: SqlDatabase
    reminders: SendReminders
    port: int
    web: int
    """Process id of the web process."""
    server: int | None
    """Process id of PostgreSQL."""
    costs: dict[str, Cost] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.stored.total)  # noqa: S311 - a sample, the same in each run
        self.newest = iter(self.stored.newest)
        self.unrated = iter(self.stored.unrated)
        self.people = iter(self.stored.people)

    async def ask(self, what: str, requests: Sequence[bytes]) -> list[bytes]:
        """Ask the web process; what one request cost is noted."""
        before = processor_seconds(self.web), self._server_seconds()
        load, bodies = await drive(self.port, requests, CONNECTIONS)
        used = processor_seconds(self.web) - before[0], self._server_seconds() - before[1]
        self._note(what, len(requests), (len(requests) / load.per_second, *used))
        return bodies

    async def do(self, what: str, work: Callable[[], Awaitable[int]]) -> None:
        """Do so many of something in this process; what one of them cost is noted."""
        before = time.perf_counter(), time.process_time(), self._server_seconds()
        count = await work()
        after = time.perf_counter(), time.process_time(), self._server_seconds()
        self._note(what, count, tuple(b - a for a, b in zip(before, after, strict=True)))

    def _note(self, what: str, count: int, seconds: tuple[float, ...]) -> None:
        cost = self.costs.setdefault(what, Cost())
        for figures, used in zip((cost.wall, cost.gateway, cost.database), seconds, strict=True):
            figures.append(used / count)

    def _server_seconds(self) -> float:
        return family_seconds(self.server) if self.server is not None else 0.0


async def rate(size: Size, count: int) -> None:
    """Calls about stored services, and the key presses that rate: of the last days, and of all the years."""
    await _rate(size, [next(size.newest) for _ in range(count)], "of the last days")
    await _rate(size, [next(size.unrated) for _ in range(count)], "of any time")


async def _rate(size: Size, numbers: Sequence[int], of: str) -> None:
    entries = [f"{ENTRY}&service_id={service_id_of(n)}" for n in numbers]
    arrivals = [
        signed(size.port, entry, webhook_fields(n)) for n, entry in zip(numbers, entries, strict=True)
    ]
    documents = await size.ask("a call is answered", arrivals)
    steps = [next_step(size.port, document) for document in documents]
    await size.ask(
        f"a rating by key press, {of}",
        [pressed(size.port, step, n, str(n % 3 + 1)) for step, n in zip(steps, numbers, strict=True)],
    )
    await size.ask("a call's end", [call_ended(size.port, n) for n in numbers])


async def report(size: Size, count: int) -> None:
    """Services that were finished just now."""
    headers = {"Authorization": f"Bearer {servers.TOKEN}", "Content-Type": "application/json"}
    documents = [
        {
            "service_id": f"new-{uuid4().hex}",
            "kind": "window",
            "phone": f"+86139{size.chance.randrange(10**8):08d}",
            "agency_code": "11441500MB2C90123X",
            "region_code": "441500",
            "item": {"code": "4415000001", "name": "居民身份证换领"},
            "staff": {"id": "0231", "name": "陈某"},
            "completed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        for _ in range(count)
    ]
    requests = [post("/v1/services", json.dumps(document).encode(), headers) for document in documents]
    await size.ask("a service is reported", requests)


async def text(size: Size, count: int) -> None:
    """Replies of people with one open invitation, and of offices with hundreds."""
    people = [next(size.people) for _ in range(count)]
    await size.ask("a reply by text", [_reply(size.port, person) for person in people])
    offices = [size.stored.proxies[place % len(size.stored.proxies)] for place in range(count)]
    await size.ask("… of an office with 500 open invitations", [_reply(size.port, one) for one in offices])


def _reply(port: int, sender: PhoneNumber) -> bytes:
    fields = {
        "MessageSid": f"SM{uuid4().hex}",
        "AccountSid": "AC" + "0" * 32,
        "From": sender.reveal(),
        "To": servers.LINE,
        "Body": "1",
        "NumMedia": "0",
        "ApiVersion": "2010-04-01",
    }
    return signed(port, "/twilio/sms/inbound", fields)


async def page(size: Size, count: int) -> None:
    """Pages of the list of evaluations, from its beginning, its middle and its end."""
    rows = size.stored.total * 35 // 100
    now = datetime.now(UTC)
    places: dict[str, dict[str, str]] = {
        "an API page, the first": {},
        "an API page in the middle": {"cursor": _cursor(rows // 2)},
        "an API page at the end": {"cursor": _cursor(rows - _PAGE)},
        "an API page `since` two years ago": {"since": (now - timedelta(days=DAYS)).isoformat()},
        "an API page `since` yesterday": {"since": (now - timedelta(days=1)).isoformat()},
    }
    for what, query in places.items():
        path = f"/v1/evaluations?{urlencode({**query, 'limit': str(_PAGE)})}"
        await size.ask(what, [get(path, servers.TOKEN)] * count)


async def show(size: Size, count: int) -> None:
    """Single services with everything about them."""
    numbers = [size.chance.randrange(size.stored.total) for _ in range(count)]
    await size.ask(
        "GET /v1/services/{id}", [get(f"/v1/services/{service_id_of(n)}", servers.TOKEN) for n in numbers]
    )


async def remind(size: Size) -> None:
    """Finding, judging and queueing due reminders, a batch at a time."""
    await size.do("a reminder found, judged and queued", size.reminders)


async def deliver(size: Size, count: int) -> None:
    """Claiming and settling entries, amid all that are settled."""
    now = SystemClock().now()
    keys = [uuid4().hex for _ in range(count)]
    entries = [
        OutboxEntry(kind=OutboxKind.EMAIL, key=key, payload={}, due_at=now, created_at=now, order_key=key)
        for key in keys
    ]
    async with size.database.transaction() as work:
        await work.outbox.add(entries)

    async def drain() -> int:
        settled = 0
        while True:
            async with size.database.transaction() as work:
                claimed = await work.outbox.claim(OutboxKind.EMAIL, SystemClock().now(), _LEASE, _CLAIMED)
                await work.outbox.settle(claimed, OutboxState.DONE, SystemClock().now(), "")
            if not claimed:
                return settled
            settled += len(claimed)

    await size.do("an outbox entry claimed and settled", drain)


def _cursor(after: int) -> str:
    return urlsafe_b64encode(f"after:{after}".encode()).decode().rstrip("=")
