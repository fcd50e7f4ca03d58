"""A TCP connection in two halves, which a test may cut and join again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_HOST = "127.0.0.1"
_AT_ONCE = 65_536


class Wire:
    """Hands on whatever arrives at `port` to another port, and back."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def join(self) -> None:
        """Take connections (again)."""
        self._server = await asyncio.start_server(self._carry, _HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(_HOST, self._target)
        self._writers |= {writer, far_writer}
        with suppress(OSError):
            await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))
        self._writers -= {writer, far_writer}


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(_AT_ONCE):
            sink.write(data)
            await sink.drain()
    finally:
        sink.close()


@asynccontextmanager
async def wire_to(target: int) -> AsyncIterator[Wire]:
    """A wire, joined."""
    wire = Wire(target)
    await wire.join()
    try:
        yield wire
    finally:
        await wire.cut()
