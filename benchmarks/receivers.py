"""Who is told of ratings: a core store and a mail server that note when things arrive and take everything."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

STORE_TOKEN = "benchmark-store"


class Arrivals:
    """When each service's record came first, by `time.perf_counter`."""

    def __init__(self, fail_one_in: int = 0) -> None:
        self.at: dict[str, float] = {}
        self.answer_after = 0.0
        """Seconds that the receiver takes to answer."""
        self._fail_one_in = fail_one_in
        self._asked = 0
        self._more = asyncio.Condition()

    def fails(self) -> bool:
        """Whether the receiver breaks this time: one in so many, the first not."""
        self._asked += 1
        return self._fail_one_in > 0 and self._asked % self._fail_one_in == 0

    async def note(self, service_id: str, at: float) -> None:
        """Something came."""
        self.at.setdefault(service_id, at)
        async with self._more:
            self._more.notify_all()

    async def wait_for(self, count: int) -> None:
        """Return once so many have come."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.at) >= count)


@asynccontextmanager
async def core_store(arrivals: Arrivals) -> AsyncIterator[str]:
    """A core store; its URL."""

    async def put(request: web.Request) -> web.Response:
        at = time.perf_counter()
        assert request.headers["Authorization"] == f"Bearer {STORE_TOKEN}"
        document = json.loads(await request.read())
        await asyncio.sleep(arrivals.answer_after)
        if arrivals.fails():
            return web.Response(status=503)
        await arrivals.note(document["service_id"], at)
        return web.Response(status=201)

    app = web.Application()
    app.router.add_put("/v1/evaluations/{evaluation_id}", put)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


class _Mailbox:
    """aiosmtpd's handler: any sender, any recipient; `service_of` tells what an email is about."""

    def __init__(self, arrivals: Arrivals, service_of: Callable[[str], str]) -> None:
        self._arrivals = arrivals
        self._service_of = service_of

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Note the email with its arrival."""
        at = time.perf_counter()
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        assert body is not None
        await self._arrivals.note(self._service_of(body.get_content()), at)
        return "250 OK"


@asynccontextmanager
async def mail_server(arrivals: Arrivals, service_of: Callable[[str], str]) -> AsyncIterator[int]:
    """A mail server; its port."""
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(SMTP(_Mailbox(arrivals, service_of), loop=loop, hostname="127.0.0.1"))
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for opened in sessions:
            if isinstance(opened.transport, asyncio.WriteTransport):
                opened.transport.abort()
        await server.wait_closed()
