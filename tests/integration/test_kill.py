"""The real process, killed in the middle of concurrent calls: what callers were told is what is recorded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.integration.conftest import AGENCY, PATIENCE
from tests.peers import smtp_server
from tests.peers.core_store import Fault, ScriptedCoreStore, seeded_script
from tests.peers.gateway_process import GatewayProcess
from tests.peers.postgres import free_port
from tests.peers.smtp_server import ScriptedSmtpServer
from tests.peers.twilio_call import ScriptedCall
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE, TwilioWebhooks

KILLS = 3
CALLERS = 24
ENTRY = f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=a"
LEVELS = {
    "1": "very_satisfied",
    "2": "satisfied",
    "3": "fairly_satisfied",
    "4": "dissatisfied",
    "5": "very_dissatisfied",
}


@dataclass
class Callers:
    """What callers pressed, and whether they were told that it counts."""

    told: dict[str, str] = field(default_factory=dict)
    pressed: dict[str, str] = field(default_factory=dict)


def process_environment(
    database_url: str, port: int, store: ScriptedCoreStore, mail: ScriptedSmtpServer
) -> dict[str, str]:
    """Settings of a process between these peers."""
    return {
        "HAOCHAPING_SERVER__PORT": str(port),
        "HAOCHAPING_SERVER__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HAOCHAPING_DATABASE__URL": database_url,
        "HAOCHAPING_VOICE__PROVIDER": "twilio",
        "HAOCHAPING_TWILIO__ACCOUNT_SID": ACCOUNT_SID,
        "HAOCHAPING_TWILIO__AUTH_TOKEN": AUTH_TOKEN,
        "HAOCHAPING_TWILIO__FROM_NUMBER": LINE,
        "HAOCHAPING_CORE_STORE__KIND": "http",
        "HAOCHAPING_CORE_STORE__URL": store.url,
        "HAOCHAPING_CORE_STORE__TOKEN": store.token,
        "HAOCHAPING_SMTP__HOST": "127.0.0.1",
        "HAOCHAPING_SMTP__PORT": str(mail.port),
        "HAOCHAPING_SMTP__SECURITY": "none",
        "HAOCHAPING_SMTP__SENDER": "haochaping@example.org",
        "HAOCHAPING_RULES__EMAIL_SETTLE": "0s",
    }


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


async def rate(carrier: TwilioWebhooks, number: int, callers: Callers, gate: asyncio.Event) -> None:
    """Call and press; when the line breaks, the carrier brings the same key again."""
    call: ScriptedCall = carrier.call(f"+8613{number:09d}", status_callback="")
    key = str(number % 5 + 1)
    service_id = f"call-{call.call_sid}"
    await _until_answered(lambda: call.enter(ENTRY))
    await gate.wait()
    callers.pressed[service_id] = LEVELS[key]
    try:
        await call.press(key)
    except aiohttp.ClientError:
        await _until_answered(call.repeat)
    callers.told[service_id] = LEVELS[key]


async def _until_answered(send: object) -> None:
    while True:
        try:
            await send()  # type: ignore[operator]  # any of the carrier's verbs
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
        else:
            return


@pytest.mark.timeout(900)
async def test_killed_again_and_again_it_loses_and_doubles_nothing(database_url: str, tmp_path: Path) -> None:
    """Every key acknowledged is at the core store once, as it was meant; each bad one is emailed once."""
    chance = random.Random(11)  # noqa: S311 - when to kill, not a secret
    callers = Callers()
    async with (
        asyncio.timeout(PATIENCE * 30),
        process_between_peers(database_url, tmp_path) as (process, store, mail),
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
