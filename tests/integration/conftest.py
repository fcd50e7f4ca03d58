"""The whole gateway in one process, with Twilio, SMTP and a remote core store, on either database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import exists, or_, select, text

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import PENDING, invitations, outbox
from gateway.application.ports.clock import Clock
from gateway.application.ports.prompt_audio import PromptAudio
from gateway.bootstrap.assembly import Gateway, Surrogates
from gateway.bootstrap.serving import running_gateway
from gateway.domain.outbox import OutboxKind
from gateway.settings import load_settings
from gateway.worker.loop import REMINDERS
from tests.peers import smtp_server
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.gateway_settings import settings_between, texts_by
from tests.peers.postgres import free_port
from tests.peers.smtp_server import ReceivedEmail, ScriptedSmtpServer
from tests.peers.twilio_call import ScriptedCall
from tests.peers.twilio_server import SentText, TwilioServer
from tests.peers.twilio_webhooks import TwilioWebhooks

TOKEN = "integration-test"
PATIENCE = 60
"""Seconds after which something that should happen is said not to; nothing ever waits that long in vain."""
AGENCY = "11441500MB2C90123X"
CITIZEN = "+8613800138000"


@dataclass
class Rig:
    """The gateway between its peers, as a test drives it."""

    gateway: Gateway
    url: str
    clock: MovableClock
    twilio: TwilioServer
    store: ScriptedCoreStore
    mail: ScriptedSmtpServer
    carrier: TwilioWebhooks
    http: aiohttp.ClientSession

    def call(self, caller: str = CITIZEN) -> ScriptedCall:
        """A caller at the end of a hotline call."""
        return self.carrier.call(caller)

    async def register(self, service_id: str, **changes: object) -> None:
        """A business system reports a finished service."""
        status = await self.post(service_id, **changes)
        assert status == 201

    async def post(self, service_id: str, **changes: object) -> int:
        """A business system reports a service; the status it gets."""
        document: dict[str, object] = {
            "service_id": service_id,
            "kind": "window",
            "phone": CITIZEN,
            "agency_code": AGENCY,
            "region_code": "441500",
            "item": {"code": "4415000001", "name": "居民身份证换领"},
            "staff": {"id": "0231", "name": "陈某"},
            "visit_no": 1,
            "batch_id": None,
            "theme_id": None,
            "completed_at": self.clock.now().isoformat(),
            "language": "zh-CN",
        } | changes
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.http.post(f"{self.url}/v1/services", json=document, headers=headers) as answer:
            await answer.read()
            return answer.status

    def skip(self, **by: float) -> None:
        """Let time pass, and the workers notice."""
        self.clock.advance(timedelta(**by))
        for topic in (REMINDERS, *(kind.value for kind in OutboxKind)):
            self.gateway.wakeups.ring(topic)

    async def stored(self, revisions: int) -> dict[str, dict[str, Any]]:
        """The core store's newest documents once it has so many revisions."""
        async with asyncio.timeout(PATIENCE):
            await self.store.wait_until_stored(revisions)
        return self.store.newest

    async def next_text(self) -> SentText:
        """The next text to a citizen."""
        async with asyncio.timeout(PATIENCE):
            return await self.twilio.next_text()

    async def emails(self, count: int) -> list[ReceivedEmail]:
        """All emails once there are so many."""
        await until(lambda: _at_least(self.mail.inbox, count))
        return self.mail.inbox

    async def quiet(self) -> None:
        """Return once nothing is due any more: what has not happened by then will not."""

        async def nothing_due() -> bool:
            # The clock runs on while we ask; nothing in these tests waits for less than seconds.
            now = self.clock.now() + timedelta(seconds=1)
            at_work = select(
                exists().where(
                    outbox.c.state == PENDING, or_(outbox.c.due_at <= now, outbox.c.lease.is_not(None))
                )
            )
            reminders = select(exists().where(invitations.c.remind_at <= now))
            async with self.gateway.database.reading_engine.connect() as connection:
                found = [(await connection.execute(query)).scalar_one() for query in (reminders, at_work)]
            # Reminders first: what leaves them meanwhile is found at work.
            return not any(found)

        await until(nothing_due)


async def _at_least(things: list[ReceivedEmail], count: int) -> bool:
    return len(things) >= count


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again, giving way to everything else, until it holds."""
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110 - the state lives in another system
            await asyncio.sleep(0.01)


async def somebody_waits_or(database: SqlDatabase, done: asyncio.Task[object]) -> None:
    """Return once a transaction waits for another, or the task is done."""
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(PATIENCE):
        while not done.done():
            async with database.reading_engine.connect() as connection:
                if (await connection.execute(waits)).scalar_one():
                    return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def open_rig(database_url: str, folder: Path, clock: MovableClock, **extra: str) -> AsyncIterator[Rig]:
    """A rig; `extra` are further settings by their environment names."""
    async with open_rig_with(database_url, folder, clock, extra) as opened:
        yield opened


@asynccontextmanager
async def open_rig_with(
    database_url: str,
    folder: Path,
    clock: MovableClock,
    extra: Mapping[str, str],
    audio: PromptAudio | None = None,
    lease_clock: Clock | None = None,
) -> AsyncIterator[Rig]:
    """The same, with `audio` for the prompts' files, and a clock for the database's own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(TwilioServer.running())
        twilio.now = twilio.calls.now = clock.now
        store = await stack.enter_async_context(ScriptedCoreStore())
        mail = await stack.enter_async_context(smtp_server.running(ScriptedSmtpServer()))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        environment = (
            settings_between(database_url, url, store, mail)
            | texts_by(twilio)
            | {
                "HAOCHAPING_SERVER__PORT": str(port),
                "HAOCHAPING_API__TOKENS": f'["{TOKEN}"]',
                "HAOCHAPING_SMTP__SENDER": "好差评 <haochaping@example.org>",
                "HAOCHAPING_WORKER__DRAIN": "2s",
            }
            | dict(extra)
        )
        settings = load_settings(environ=environment)
        surrogates = Surrogates(
            clock=clock,
            key_file=folder / "privacy.key",
            mail_folder=folder / "mail",
            prompt_audio=audio,
            lease_clock=lease_clock,
        )
        gateway, _ = await stack.enter_async_context(running_gateway(settings, surrogates=surrogates))
        yield Rig(gateway, url, clock, twilio, store, mail, twilio.webhooks(url), http)


@pytest.fixture
async def rig(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Rig]:
    """A rig on each database."""
    async with open_rig(database_url, tmp_path, clock) as opened:
        yield opened
