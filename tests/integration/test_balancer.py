"""Two web processes behind the delivered balancer: one dies amid calls, and nobody notices."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from gateway.adapters.clock import SystemClock
from gateway.bootstrap.doctor import public_url
from gateway.bootstrap.doctor.patient import Patient
from gateway.domain.diagnoses import Verdict
from gateway.settings import load_settings
from tests.integration.patient_callers import LEVELS, Callers, process_environment
from tests.peers import smtp_server
from tests.peers.balancer import balanced, fresh_ports, program
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.gateway_process import GatewayProcess
from tests.peers.postgres import free_port
from tests.peers.smtp_server import ScriptedSmtpServer, make_certificate
from tests.peers.twilio_webhooks import TwilioWebhooks

CALLERS = 40
CHECKED = 4
"""Two servers in each of two backends."""
INSIDE_ONLY = (
    "/metrics",
    "/%6Detrics",
    "/readyz",
    "/core-store/v1/evaluations",
    "/core%2Dstore/v1/evaluations",
)
ENTRY = "/twilio/voice/rating?agency_code=11441500MB2C90123X&region_code=441500&item_code=%E8%AF%84%2Fb%20c"


async def call_and_press(carrier: TwilioWebhooks, number: int, callers: Callers) -> None:
    """One caller; any answer but TwiML fails the test, and so does any broken line."""
    call = carrier.call(f"+8613{number:09d}")
    key = str(number % 5 + 1)
    await call.enter(ENTRY)
    await call.press(key)
    assert call.failure is None
    callers.told[f"call-{call.call_sid}"] = LEVELS[key]
    await call.hang_up()


def patient(environ: dict[str, str], session: aiohttp.ClientSession) -> Patient:
    """What the doctor looks at, by a session that trusts the test's certificate."""
    settings = load_settings(environ=environ)
    return Patient(config=None, settings=settings, session=session, clock=SystemClock())


@pytest.mark.skipif(program() is None, reason="HAProxy is not installed; run `make servers`")
async def test_a_web_process_dies_and_no_caller_hears_of_it(
    postgres_database_url: str, tmp_path: Path
) -> None:
    """TLS, paths and bodies pass unchanged; what was under way is asked of the other process at once."""
    make_certificate(tmp_path)
    pem = tmp_path / "both.pem"
    pem.write_bytes((tmp_path / "key.pem").read_bytes() + (tmp_path / "certificate.pem").read_bytes())
    (plain, tls), ports, callers = fresh_ports(), fresh_ports(), Callers()
    public = f"https://127.0.0.1:{tls}"
    async with (
        asyncio.timeout(280),
        ScriptedCoreStore() as store,
        smtp_server.running(ScriptedSmtpServer()) as mail,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http,
    ):
        common = process_environment(postgres_database_url, free_port(), store, mail)
        common["HAOCHAPING_SERVER__PUBLIC_URL"] = public
        webs = [
            GatewayProcess(tmp_path, port, {**common, "HAOCHAPING_SERVER__PORT": str(port)}, "web")
            for port in ports
        ]
        try:
            for process in webs:
                await process.start()
            async with balanced([f"127.0.0.1:{port}" for port in ports], pem, plain, tls):
                carrier = TwilioWebhooks(http, public)
                calls = [
                    asyncio.create_task(call_and_press(carrier, number, callers)) for number in range(CALLERS)
                ]
                while len(callers.told) < CALLERS // 4:  # noqa: ASYNC110 - other processes work
                    await asyncio.sleep(0.005)
                await webs[0].kill()
                await asyncio.gather(*calls)
                for path in INSIDE_ONLY:
                    async with http.get(URL(public + path, encoded=True)) as answer:
                        assert (path, answer.status, answer.headers.get("Server")) == (path, 404, None)
                diagnosed = await public_url.examine(patient(common, http))
        finally:
            for process in webs:
                await process.kill()
        worker = GatewayProcess(
            tmp_path, ports[0], {**common, "HAOCHAPING_WORKER__PORT": str(ports[0])}, "worker"
        )
        await worker.start()
        try:
            await store.wait_until_stored(CALLERS)
        finally:
            await worker.kill()

    assert {d["service_id"]: d["level"] for d in store.newest.values()} == callers.told
    assert len(store.newest) == CALLERS
    assert [each.finding for each in diagnosed if each.verdict is Verdict.OK] == [
        "a signed request is accepted there, an unsigned one is refused"
    ]


@pytest.mark.skipif(program() is None, reason="HAProxy is not installed; run `make servers`")
async def test_where_nobody_is_ready_the_gateway_still_answers(tmp_path: Path) -> None:
    """Without a database no process is ready: its words, not a balancer's error page, reach carriers."""
    make_certificate(tmp_path)
    pem = tmp_path / "both.pem"
    pem.write_bytes((tmp_path / "key.pem").read_bytes() + (tmp_path / "certificate.pem").read_bytes())
    (plain, tls), asked, judged = fresh_ports(), 0, asyncio.Event()

    async def unready(request: web.Request) -> web.Response:
        nonlocal asked
        if request.path == "/healthz":
            return web.Response(text="ok")
        if request.path == "/readyz":
            asked += 1
            if asked > CHECKED:
                judged.set()
            return web.Response(status=503)
        return web.Response(status=503, text="<Response/>", headers={"Retry-After": "5"})

    server = TestServer(web.Application())
    server.app.router.add_route("*", "/{path:.*}", unready)
    async with asyncio.timeout(120), server, aiohttp.ClientSession() as http:
        own = f"127.0.0.1:{server.port}"
        async with balanced([own, own], pem, plain, tls):
            await judged.wait()
            for path in ("/twilio/voice/step", "/v1/services/bulk"):
                async with http.post(f"http://127.0.0.1:{plain}{path}") as answer:
                    assert (answer.status, await answer.text()) == (503, "<Response/>")
                    assert answer.headers["Retry-After"] == "5"
