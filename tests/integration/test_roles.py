"""Web and worker as two processes on one database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp

from tests.integration.conftest import PATIENCE
from tests.integration.patient_callers import ENTRY, process_environment
from tests.peers import smtp_server
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.gateway_process import GatewayProcess, run_command
from tests.peers.gateway_settings import KEYS
from tests.peers.postgres import free_port
from tests.peers.redis_server import redis_server
from tests.peers.smtp_server import ScriptedSmtpServer
from tests.peers.twilio_webhooks import TwilioWebhooks


async def test_a_worker_delivers_what_a_web_process_recorded(database_url: str, tmp_path: Path) -> None:
    """Neither needs the other: recorded alone, delivered once the worker comes, drained in the end."""
    port = free_port()
    async with (
        ScriptedCoreStore() as store,
        smtp_server.running(ScriptedSmtpServer()) as mail,
        aiohttp.ClientSession() as http,
    ):
        environment = process_environment(database_url, port, store, mail)
        web = GatewayProcess(tmp_path, port, environment, "web")
        worker_port = free_port()
        own = {**environment, "HAOCHAPING_WORKER__PORT": str(worker_port)}
        worker = GatewayProcess(tmp_path, worker_port, own, "worker")
        await web.start()
        try:
            call = TwilioWebhooks(http, web.url).call("+8613800138000")
            await call.enter(ENTRY)
            await call.press("5")
            await call.hang_up()
            assert store.stored == {}

            await worker.start()
            async with asyncio.timeout(PATIENCE):
                await store.wait_until_stored(1)
                while not mail.inbox:  # noqa: ASYNC110 - another process works
                    await asyncio.sleep(0.05)
            async with http.get(f"{worker.url}/metrics") as answer:
                figures = await answer.text()
            async with http.post(f"{worker.url}/twilio/voice/rating") as answer:
                assert answer.status == 404
        finally:
            codes = await worker.terminate(), await web.terminate()

    assert codes == (0, 0)
    assert len(mail.inbox) == 1
    assert 'kind="core_store",result="done"' in figures


async def test_a_bad_start_says_in_one_line_what_to_mend(tmp_path: Path) -> None:
    """An unknown key, a missing file, an unreachable database: exit code 1, no traceback."""
    cases = [
        {"HAOCHAPING_SERVER__PROT": "8080"},
        {"HAOCHAPING_CONFIG": "missing.toml"},
        {"HAOCHAPING_DATABASE__URL": "postgresql://nobody@127.0.0.1/none"},
        {
            "HAOCHAPING_DATABASE__URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none",
            "HAOCHAPING_PRIVACY__KEYS": KEYS,
        },
        {"HAOCHAPING_VOICE__PROVIDER": "twilio"},
        {"HAOCHAPING_AGENCIES__FILE": "none.toml"},
        {"HAOCHAPING_VOICE__FLOW": "nobody_knows"},
        {"HAOCHAPING_REDIS__URL": "redis://127.0.0.1:port/0"},
        {"HAOCHAPING_REDIS__URL": "redis://127.0.0.1?no_such_option=1"},
    ]
    results = await asyncio.gather(*(run_command(tmp_path, "serve", **case) for case in cases))

    for case, (code, _, errors) in zip(cases, results, strict=True):
        assert code == 1, case
        assert errors.strip(), case
        assert "Traceback" not in errors, case


async def test_a_ring_of_the_web_process_wakes_the_worker(database_url: str, tmp_path: Path) -> None:
    """Through Redis: a worker that looks by itself only once an hour delivers at once."""
    port, worker_port = free_port(), free_port()
    with redis_server() as server:
        async with (
            ScriptedCoreStore() as store,
            smtp_server.running(ScriptedSmtpServer()) as mail,
            aiohttp.ClientSession() as http,
        ):
            environment = process_environment(database_url, port, store, mail) | {
                "HAOCHAPING_REDIS__URL": server.url,
                "HAOCHAPING_WORKER__POLL_INTERVAL": "1h",
                "HAOCHAPING_WORKER__PORT": str(worker_port),
            }
            web = GatewayProcess(tmp_path, port, environment, "web")
            worker = GatewayProcess(tmp_path, worker_port, environment, "worker")
            await web.start()
            try:
                await worker.start()
                call = TwilioWebhooks(http, web.url).call("+8613800138000")
                await call.enter(ENTRY)
                await call.press("1")
                async with asyncio.timeout(PATIENCE):
                    await store.wait_until_stored(1)

                server.kill()
                await call.hang_up()
                async with asyncio.timeout(PATIENCE):
                    degraded = await readiness(http, web.url)
                    while degraded[1]["redis"]["status"] == "ok":
                        degraded = await readiness(http, web.url)
                async with http.get(f"{web.url}/metrics") as answer:
                    figures = await answer.text()
            finally:
                codes = await worker.terminate(), await web.terminate()

    assert codes == (0, 0)
    assert (degraded[0], degraded[1]["redis"]["status"]) == (200, "degraded")
    assert "haochaping_redis_connected 0.0" in figures


async def readiness(http: aiohttp.ClientSession, url: str) -> tuple[int, dict[str, dict[str, str]]]:
    """Status and checks of `/readyz`."""
    async with http.get(f"{url}/readyz") as answer:
        return answer.status, (await answer.json())["checks"]
