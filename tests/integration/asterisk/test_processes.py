"""The real process on a real Asterisk: killed in the middle of a call, and shared among Asterisks."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.integration.asterisk.conftest import RATING, Open, asterisk_settings
from tests.integration.conftest import PATIENCE, Rig, until
from tests.integration.patient_callers import process_environment
from tests.peers import smtp_server
from tests.peers.asterisk_rig import NoiseAudio
from tests.peers.asterisk_server import AsteriskServer, asterisk_server
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.gateway_process import GatewayProcess
from tests.peers.noise_voice import fill_prompts
from tests.peers.postgres import free_port
from tests.peers.sip_caller import SipCaller
from tests.peers.smtp_server import ScriptedSmtpServer

ITEM = "请评价这次办事。"
LEVELS = "非常满意请按1，满意按2，基本满意按3，不满意按4，非常不满意按5。"
REASON = "哪里不满意？等太久按1，态度不好按2，来回跑按3，没办成按4，其他按5。"


@pytest.mark.timeout(300)  # it is started twice
@pytest.mark.requirement("R-7")
async def test_a_gateway_killed_in_a_call_is_there_again(asterisk: AsteriskServer, tmp_path: Path) -> None:
    """The rating is kept, the question is asked again, the reason is taken, and all is recorded once."""
    port, noise = free_port(), fill_prompts(asterisk.sounds)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(ScriptedCoreStore())
        mail = await stack.enter_async_context(smtp_server.running(ScriptedSmtpServer()))
        url = f"sqlite:///{tmp_path}/gateway.db"
        environment = process_environment(url, port, store, mail) | asterisk_settings(asterisk)
        gateway = GatewayProcess(tmp_path, port, environment)
        await gateway.start()
        stack.push_async_callback(gateway.terminate)
        caller = SipCaller(asterisk.sip_port, noise.words)
        stack.push_async_callback(caller.hang_up)
        await connected(gateway.url)

        await caller.call(rating=RATING)
        await caller.hears(LEVELS)
        await caller.press("4")
        await caller.hears(REASON)
        await gateway.kill()
        await gateway.start()
        await caller.hears(REASON, 2)
        await caller.press("3")
        await caller.hears("好的。")
        await caller.hang_up()

        async with asyncio.timeout(PATIENCE):
            await store.wait_until_stored(2)
        (document,) = store.newest.values()
        assert (document["level"], document["comment"]) == ("dissatisfied", "来回跑")
        assert caller.heard.count(ITEM) == 1
        assert "13800138000" not in gateway.log.read_text(encoding="utf-8")


async def connected(url: str) -> None:
    """Return once the process has its connection."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(PATIENCE):
        while True:
            async with session.get(f"{url}/readyz") as answer:
                checks = (await answer.json())["checks"]
            if checks["pbx"]["status"] == "ok":
                return
            await asyncio.sleep(0.05)


async def test_one_gateway_takes_the_calls_of_several_asterisks(
    audio: NoiseAudio, open_hotline: Open
) -> None:
    """Each call is answered where it is; while one Asterisk is away readiness is degraded and names it."""
    with asterisk_server("pbx-b") as other:
        hotline = await open_hotline(HAOCHAPING_ASTERISK__FURTHER_URLS=f'["{other.url}"]')
        caller, elsewhere = await hotline.caller(), SipCaller(other.sip_port, audio.prompts.words)
        hotline.stack.push_async_callback(elsewhere.hang_up)
        await elsewhere.call(rating=RATING)
        await caller.hears(LEVELS)
        await elsewhere.hears(LEVELS)
        await elsewhere.press("1")
        assert (await hotline.rig.stored(1)).keys()

        other.kill()
        await until(lambda: degraded(hotline.rig, str(other.http_port)))
        await caller.press("2")
        documents = (await hotline.rig.stored(2)).values()

    assert sorted(document["level"] for document in documents) == ["satisfied", "very_satisfied"]


async def degraded(rig: Rig, named: str) -> bool:
    """Whether readiness says so, and why; everything else goes on, so it is no failure."""
    async with rig.http.get(f"{rig.url}/readyz") as answer:
        assert answer.status == 200
        check = (await answer.json())["checks"]["pbx"]
    return check["status"] == "degraded" and named in check["reason"]
