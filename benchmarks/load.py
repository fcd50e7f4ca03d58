"""A small HTTP load driver: prebuilt requests over kept connections, timed one by one.

The requests are bytes made beforehand, so that what is measured is the server and not the signing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What came of one slice of load."""

    per_second: float
    latencies: list[float]
    """Seconds, sorted."""

    def percentile(self, share: float) -> float:
        """The latency that so large a share of the requests stayed below."""
        return self.latencies[min(int(len(self.latencies) * share), len(self.latencies) - 1)]


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """One request as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def get(path: str, token: str) -> bytes:
    """A question to the API as bytes."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


async def drive(
    ports: int | Sequence[int], requests: Sequence[bytes], connections: int, answers: bytes = b"2"
) -> tuple[Load, list[bytes]]:
    """Send all requests, as fast as so many connections go; the load and the answers' bodies.

    Of several ports each connection goes to the next one. Every answer's status begins with `answers`.
    """
    ports = [ports] if isinstance(ports, int) else ports
    queue = list(enumerate(requests))
    queue.reverse()
    bodies: list[bytes] = [b""] * len(requests)
    latencies: list[float] = []

    async def client(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while queue:
            place, request = queue.pop()
            begun = time.perf_counter()
            writer.write(request)
            bodies[place] = await _answer(reader, answers)
            latencies.append(time.perf_counter() - begun)
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(client(ports[number % len(ports)]) for number in range(connections)))
    seconds = time.perf_counter() - begun
    return Load(len(requests) / seconds, sorted(latencies)), bodies


async def drive_paced(
    port: int, conversations: Sequence[Sequence[bytes]], per_second: float, connections: int
) -> tuple[list[float], list[float]]:
    """Begin a conversation, requests one after the other, at each tick of the clock.

    Returns, by `time.perf_counter`, when each should have begun and when its first answer came. A server
    that falls behind does not slow the clock down: what waits for a connection counts as waiting.
    """
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    start = time.perf_counter()
    begun = [start + place / per_second for place in range(len(conversations))]
    answered = [0.0] * len(conversations)

    async def converse(place: int) -> None:
        await asyncio.sleep(begun[place] - time.perf_counter())
        reader, writer = await free.get()
        for request in conversations[place]:
            writer.write(request)
            await _answer(reader)
            answered[place] = answered[place] or time.perf_counter()
        free.put_nowait((reader, writer))

    await asyncio.gather(*(converse(place) for place in range(len(conversations))))
    while not free.empty():
        free.get_nowait()[1].close()
    return begun, answered


async def _answer(reader: asyncio.StreamReader, answers: bytes = b"2") -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 " + answers):
        raise RuntimeError(f"refused: {head.splitlines()[0].decode()}")
    lower = head.lower()
    at = lower.find(b"content-length:")
    length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
    return await reader.readexactly(length) if length else b""
