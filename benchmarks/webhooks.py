"""Rating webhooks with a durable commit against a bare aiohttp handler that returns the same bytes.

Both serve in processes of their own; slices of load alternate between them in one run, so that the ratio
holds where the machine's speed drifts. Processor time is counted beside it: it tells the same on a machine
that others keep busy. `--database postgresql://…` measures on that server instead of on SQLite. Prints one
JSON object.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import statistics
import tempfile
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import uvloop

from benchmarks import servers
from benchmarks.load import Load, drive, post
from benchmarks.waiting_reminders import empty_database

CONNECTIONS = 64
SLICES = 7
SLICE = 600
ENTRY = "/twilio/voice/rating?agency_code=11441500MB2C90123X&region_code=441500&item_code=4415000001"


def signed(port: int, path: str, fields: dict[str, str]) -> bytes:
    """A webhook as Twilio signs it."""
    text = f"http://127.0.0.1:{port}{path}" + "".join(k + v for k, v in sorted(fields.items()))
    digest = hmac.new(servers.AUTH_TOKEN.encode(), text.encode(), hashlib.sha1).digest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": base64.b64encode(digest).decode(),
    }
    return post(path, urlencode(fields).encode(), headers)


def webhook_fields(number: int, **more: str) -> dict[str, str]:
    """What Twilio tells of the call of that number."""
    plain = {
        "CallSid": f"CA{uuid.UUID(int=number).hex}",
        "AccountSid": "AC" + "0" * 32,
        "From": f"+8613{number:09d}",
        "To": servers.LINE,
        "CallStatus": "in-progress",
        "ApiVersion": "2010-04-01",
        "Direction": "inbound",
    }
    return plain | more


async def answered_calls(port: int, count: int, service: str = "") -> list[str]:
    """Let so many calls be answered; for each the path that its key presses go to.

    `service` names the service of each call by its number, as `str.format` reads it.
    """
    entries = [f"{ENTRY}&service_id={service.format(n)}" if service else ENTRY for n in range(count)]
    arrivals = [signed(port, entry, webhook_fields(n)) for n, entry in enumerate(entries)]
    _, documents = await drive(port, arrivals, CONNECTIONS)
    return [next_step(port, document) for document in documents]


def next_step(port: int, document: bytes) -> str:
    """The path that the next key press goes to."""
    gather = ET.fromstring(document).find("Gather")  # noqa: S314 - our own answer
    assert gather is not None
    return gather.attrib["action"].removeprefix(f"http://127.0.0.1:{port}")


def pressed(port: int, path: str, number: int, key: str) -> bytes:
    """The caller of that number presses a key."""
    return signed(port, path, webhook_fields(number, Digits=key))


def call_ended(port: int, number: int) -> bytes:
    """The carrier says that the call is over."""
    return signed(port, "/twilio/voice/status", webhook_fields(number, CallStatus="completed"))


async def rating_requests(port: int, count: int) -> list[bytes]:
    """Calls that have been answered; each request presses the key that rates."""
    paths = await answered_calls(port, count)
    return [pressed(port, path, number, str(number % 3 + 1)) for number, path in enumerate(paths)]


async def measure(server_url: str | None = None, **settings: str) -> dict[str, float]:
    """Throughput and processor time of both, their ratios, and the latencies of the durable one.

    `server_url` is a PostgreSQL server's maintenance database, None = SQLite.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(empty_database(server_url, folder))
        served = servers.gateway(folder, "web", HAOCHAPING_DATABASE__URL=url, **settings)
        durable = Served(*stack.enter_context(served))
        presses = await rating_requests(durable.port, SLICE * SLICES)
        _, (answer,) = await drive(durable.port, presses[:1], 1)
        plain = Served(*stack.enter_context(servers.bare(answer)))
        for place in range(SLICES):
            requests = presses[place * SLICE : (place + 1) * SLICE]
            await plain.take(requests)
            await durable.take(requests)
    slices = list(zip(durable.slices, plain.slices, strict=True))
    return {
        "bare_per_second": statistics.median(p.load.per_second for p in plain.slices),
        "durable_per_second": statistics.median(d.load.per_second for d in durable.slices),
        "ratio": statistics.median(d.load.per_second / p.load.per_second for d, p in slices),
        "bare_processor_us": statistics.median(p.processor_us for p in plain.slices),
        "durable_processor_us": statistics.median(d.processor_us for d in durable.slices),
        "processor_ratio": statistics.median(p.processor_us / d.processor_us for d, p in slices),
        "p50_ms": statistics.median(d.load.percentile(0.5) for d in durable.slices) * 1000,
        "p99_ms": statistics.median(d.load.percentile(0.99) for d in durable.slices) * 1000,
    }


@dataclass(frozen=True)
class Slice:
    """One slice of load."""

    load: Load
    processor_us: float
    """Processor time of the server for each request, all its threads."""


@dataclass
class Served:
    """A server under measurement."""

    port: int
    process: int
    slices: list[Slice] = field(default_factory=list)

    async def take(self, requests: Sequence[bytes]) -> None:
        """Serve one slice."""
        before = servers.processor_seconds(self.process)
        load, _ = await drive(self.port, requests, CONNECTIONS)
        used = servers.processor_seconds(self.process) - before
        self.slices.append(Slice(load, used / len(requests) * 1e6))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rating webhooks against a bare handler.")
    parser.add_argument("--database", help="postgresql://user@host:port/postgres instead of SQLite")
    print(json.dumps(uvloop.run(measure(parser.parse_args().database)), indent=2))
