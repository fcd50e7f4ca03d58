"""How long a rating takes to the core store and, when it is bad, to the agency's mailbox, under load.

Signed key presses arrive at a steady pace at `haochaping serve`, each followed by the call's end; one in ten
is bad. The clock of a rating starts when its request was due, not when the server had time for it. Prints
one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import uvloop

from benchmarks import servers
from benchmarks.load import Load, drive_paced
from benchmarks.receivers import STORE_TOKEN, Arrivals, core_store, mail_server
from benchmarks.webhooks import answered_calls, call_ended, pressed

PER_SECOND = 200
"""A load under which ratings wait for one another."""
EASY = 50
"""A load that leaves room: what a rating takes when it need not wait."""
SECONDS = 6
CONNECTIONS = 64
_WARM_UP = 100
"""Ratings before those that are counted."""
_ONE_BAD_IN = 10
_PATIENCE = 60


async def measure(
    per_second: int = PER_SECOND, seconds: float = SECONDS, **settings: str
) -> dict[str, float]:
    """Latencies in milliseconds; `settings` are further ones by their environment names."""
    count = _WARM_UP + int(per_second * seconds)
    stored, mailed = Arrivals(), Arrivals()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        store_url = await stack.enter_async_context(core_store(stored))
        mail_port = await stack.enter_async_context(mail_server(mailed, _service_in))
        addresses = {
            "HAOCHAPING_CORE_STORE__KIND": "http",
            "HAOCHAPING_CORE_STORE__URL": store_url,
            "HAOCHAPING_CORE_STORE__TOKEN": STORE_TOKEN,
            "HAOCHAPING_SMTP__HOST": "127.0.0.1",
            "HAOCHAPING_SMTP__PORT": str(mail_port),
            "HAOCHAPING_SMTP__SECURITY": "none",
            "HAOCHAPING_SMTP__SENDER": "haochaping@example.org",
        }
        served = servers.gateway(folder, **addresses, **settings)
        # In a thread: while it drains, it still talks to the receivers in this one.
        port, _ = await asyncio.to_thread(served.__enter__)
        stack.push_async_callback(asyncio.to_thread, served.__exit__, None, None, None)
        calls = await answered_calls(port, count, service="bench-{:07}")
        conversations = [
            (pressed(port, call, number, _key(number)), call_ended(port, number))
            for number, call in enumerate(calls)
        ]
        begun, answered = await drive_paced(port, conversations, per_second, CONNECTIONS)
        async with asyncio.timeout(_PATIENCE):
            await stored.wait_for(count)
            await mailed.wait_for(len(range(0, count, _ONE_BAD_IN)))
    press = _load([at - start for at, start in zip(answered, begun, strict=True)][_WARM_UP:], per_second)
    return {
        "per_second": float(per_second),
        **_percentiles("webhook", press),
        **_percentiles("store", _load(_waits(stored, begun), per_second)),
        **_percentiles("email", _load(_waits(mailed, begun), per_second)),
    }


def _key(number: int) -> str:
    return "5" if number % _ONE_BAD_IN == 0 else str(number % 3 + 1)


def _service_in(email: str) -> str:
    found = re.search(r"bench-\d{7}", email)
    assert found is not None
    return found[0]


def _waits(arrivals: Arrivals, begun: Sequence[float]) -> list[float]:
    numbered = ((int(service_id.removeprefix("bench-")), at) for service_id, at in arrivals.at.items())
    return [at - begun[number] for number, at in numbered if number >= _WARM_UP]


def _load(latencies: Sequence[float], per_second: float) -> Load:
    return Load(per_second, sorted(latencies))


def _percentiles(name: str, load: Load) -> dict[str, float]:
    return {f"{name}_p50_ms": load.percentile(0.5) * 1000, f"{name}_p99_ms": load.percentile(0.99) * 1000}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Rating to core store and to mailbox.")
    parser.add_argument("--per-second", type=int, default=PER_SECOND)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    print(json.dumps(uvloop.run(measure(given.per_second, given.seconds)), indent=2))
