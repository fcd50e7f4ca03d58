"""The yardstick: an aiohttp handler that reads the form and returns fixed bytes, in a process of its own."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from aiohttp import web


async def serve(port: int, answer: bytes) -> None:
    """Serve for ever."""

    async def handle(request: web.Request) -> web.Response:
        await request.post()
        return web.Response(body=answer, content_type="text/xml")

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.stdin.buffer.read()))
