"""A balancer as stands before several web processes: gives each connection to the next that takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

_CHUNK = 65536


class Balancer:
    """Passes bytes on; use `balancer`. A connection that nobody takes is cut."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turns = count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        try:
            behind = await self._next()
            if behind is not None:
                theirs, ours = behind
                await asyncio.gather(_pass_on(reader, ours), _pass_on(theirs, writer))
        finally:
            writer.close()

    async def _next(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turns)
        for place in range(len(self._ports)):
            with suppress(OSError):
                return await asyncio.open_connection(
                    "127.0.0.1", self._ports[(first + place) % len(self._ports)]
                )
        return None


@asynccontextmanager
async def balancer(port: int, ports: Sequence[int]) -> AsyncIterator[str]:
    """One that listens on `port` before those ports; its URL."""
    server = await asyncio.start_server(Balancer(ports).serve, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Until either side ends; then the other is cut too, since HTTP has no use for half a connection."""
    try:
        with suppress(OSError):
            while chunk := await source.read(_CHUNK):
                target.write(chunk)
                await target.drain()
    finally:
        target.close()
