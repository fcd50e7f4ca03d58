"""Which requests are being answered, so that a process that has to end can let go of them."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

from aiohttp import web

from gateway.web.problems import Handler

_LINGERING_SECONDS: Final = 0.5
"""For what is still being sent when its handler has ended."""


class RequestsUnderWay:
    """Watches the requests of one application; to be made before it starts."""

    def __init__(self, app: web.Application) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            task = cast("asyncio.Task[Any]", asyncio.current_task())
            self._tasks.add(task)
            try:
                return await handler(request)
            finally:
                self._tasks.discard(task)

        # Outermost, so that nothing of an answer is missed.
        app.middlewares.insert(0, watch)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._tasks)

    async def close(self, runner: web.AppRunner) -> None:
        """Listen no more and wait for the last request; cancelled, cut short what is left."""
        try:
            await runner.cleanup()
        except asyncio.CancelledError:
            await self._cut(runner)
            raise

    async def _cut(self, runner: web.AppRunner) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if runner.server is not None:
            await runner.server.shutdown(_LINGERING_SECONDS)
        await runner.cleanup()
