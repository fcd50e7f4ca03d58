"""The simplest installation, killed in the middle of concurrent calls: what callers were told is recorded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.integration.conftest import PATIENCE
from tests.integration.patient_callers import Callers, process_environment, rate
from tests.peers import smtp_server
from tests.peers.core_store import Fault, ScriptedCoreStore, seeded_script
from tests.peers.gateway_process import GatewayProcess
from tests.peers.postgres import free_port
from tests.peers.smtp_server import ScriptedSmtpServer
from tests.peers.twilio_webhooks import TwilioWebhooks

KILLS = 2
CALLERS = 24


@asynccontextmanager
async def process_between_peers(
    database_url: str, folder: Path
) -> AsyncIterator[tuple[GatewayProcess, ScriptedCoreStore, ScriptedSmtpServer]]:
    port = free_port()
    script = seeded_script(7, 0.2, [Fault.BROKEN, Fault.DROPPED, Fault.ANSWER_LOST])
    async with ScriptedCoreStore(script=script) as store, smtp_server.running(ScriptedSmtpServer()) as mail:
        process = GatewayProcess(folder, port, process_environment(database_url, port, store, mail))
        await process.start()
        try:
            yield process, store, mail
        finally:
            await process.kill()


@pytest.mark.timeout(900)
async def test_killed_again_and_again_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Every key acknowledged is at the core store once, as it was meant; each bad one is emailed once.

    One process that does everything, on a file; several on each database are in test_crashes.py.
    """
    chance = random.Random(11)  # noqa: S311 - when to kill, not a secret
    callers = Callers()
    async with (
        asyncio.timeout(PATIENCE * 30),
        process_between_peers(f"sqlite:///{tmp_path}/gateway.db", tmp_path) as (process, store, mail),
        aiohttp.ClientSession() as http,
    ):
        carrier = TwilioWebhooks(http, process.url)
        for wave in range(KILLS):
            gate = asyncio.Event()
            numbers = range(wave * CALLERS, (wave + 1) * CALLERS)
            calls = [asyncio.create_task(rate(carrier, n, callers, gate)) for n in numbers]
            await asyncio.sleep(0.3 + chance.random() / 5)
            gate.set()
            await asyncio.sleep(chance.random() / 20)
            await process.kill()
            await process.start()
            await asyncio.gather(*calls)
        bad = sum(level in {"dissatisfied", "very_dissatisfied"} for level in callers.told.values())
        async with asyncio.timeout(PATIENCE * 3):
            await store.wait_until_stored(len(callers.told))
            # One that was taken right before a kill comes again under the same id.
            while len(ids_of(mail)) < bad:  # noqa: ASYNC110 - another process works
                await asyncio.sleep(0.05)
        assert await process.terminate() == 0

    recorded = {d["service_id"]: d["level"] for d in store.newest.values()}
    assert recorded == callers.told == callers.pressed
    assert len(store.newest) == len(recorded)
    store.assert_consistent()
    assert len(ids_of(mail)) == bad


def ids_of(mail: ScriptedSmtpServer) -> set[str]:
    return {str(email.message["Message-ID"]) for email in mail.inbox}
