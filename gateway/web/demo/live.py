"""Live updates of the page: Server-Sent Events, one for each section that has changed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from aiohttp import web

from gateway.application.ports.clock import Clock
from gateway.domain.errors import Unavailable

log = structlog.get_logger()

Sections = Callable[[], Awaitable[Mapping[str, object]]]
"""What the page shows, by section."""

_GATHER_SECONDS: Final = 0.04
"""What happens together is sent together."""
_LOOK_SECONDS: Final = 1.0
"""How often to look for what nobody told of: a file written, a receipt kept."""


class LiveFeed:
    """Streams sections to any number of pages until it is closed."""

    def __init__(self, sections: Sections, clock: Clock) -> None:
        self._sections = sections
        self._clock = clock
        self._bells: set[asyncio.Event] = set()
        self._closed = False

    def touch(self) -> None:
        """Something happened."""
        for bell in self._bells:
            bell.set()

    async def close(self) -> None:
        """End all streams, so that a stopping server waits for none."""
        self._closed = True
        self.touch()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Serve one page until it leaves."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            await self._send_changes(response, bell)
        except ConnectionResetError:
            log.debug("demo_page_left")
        finally:
            self._bells.discard(bell)
        return response

    async def _send_changes(self, response: web.StreamResponse, bell: asyncio.Event) -> None:
        sent: dict[str, str] = {}
        while not self._closed:
            bell.clear()
            for name, content in (await self._content()).items():
                text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
                if sent.get(name) != text:
                    sent[name] = text
                    await response.write(self._event(name, text))
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    await bell.wait()
                await asyncio.sleep(_GATHER_SECONDS)
            except TimeoutError:
                # A comment: nobody reads it, but it tells a dead connection from a quiet one.
                await response.write(b":\n\n")

    async def _content(self) -> Mapping[str, object]:
        try:
            return await self._sections()
        except Unavailable:
            return {}

    def _event(self, name: str, text: str) -> bytes:
        now = self._clock.now().isoformat(timespec="milliseconds")
        return f'event: {name}\ndata: {{"now":"{now}","content":{text}}}\n\n'.encode()
