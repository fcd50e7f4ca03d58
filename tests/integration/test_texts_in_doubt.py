"""Twilio takes a text and never answers, or the gateway is killed in between: the citizen gets one text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.tables import outbox
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.application.ports.database import OutboxRow
from gateway.domain.outbox import OutboxState
from tests.integration.conftest import AGENCY, CITIZEN, PATIENCE, TOKEN, Rig, open_rig_with, until
from tests.peers.gateway_process import GatewayProcess
from tests.peers.gateway_settings import KEYS
from tests.peers.postgres import free_port
from tests.peers.twilio_server import Drop, Stall, TwilioServer
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

OTHER = "+8613900139000"
Owing = Callable[[Rig], Awaitable[None]]
IMPATIENT = {"HAOCHAPING_TWILIO__TIMEOUT": "1s"}


@pytest.fixture
async def hasty(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Rig]:
    """A gateway that waits for Twilio's answers no longer than a second; what the test skips, all skip."""
    async with open_rig_with(database_url, tmp_path, clock, IMPATIENT, lease_clock=clock) as opened:
        yield opened


async def texts(rig: Rig, state: OutboxState) -> list[OutboxRow]:
    """Texts in that state that were handed to Twilio."""
    async with rig.gateway.database.reading() as work:
        return [row for row in await work.inspection.rows(state, None, 100) if row.carrier == "twilio"]


async def last_error(rig: Rig) -> str:
    """Why the text that waits does so; empty while none does."""
    return next((row.last_error for row in await texts(rig, OutboxState.PENDING)), "")


async def in_doubt(rig: Rig) -> None:
    """Wait until a text is known to be in doubt."""

    async def known() -> bool:
        return (await last_error(rig)).startswith("outcome unknown")

    await until(known)


async def settled(rig: Rig, count: int) -> None:
    """Wait until so many texts are settled as sent, each with the carrier's id."""

    async def done() -> bool:
        async with rig.gateway.database.reading() as work:
            ids = await work.messages.references("twilio", {text.sid for text in rig.twilio.sent})
        return len(await texts(rig, OutboxState.DONE)) == count == len(ids)

    await until(done)


async def owe_reminder(rig: Rig) -> None:
    """A reminder falls due."""
    await rig.register("case-1")
    rig.skip(hours=25)


async def owe_answer(rig: Rig) -> None:
    """A citizen whom we do not know texts, and is answered."""
    await rig.carrier.text_in(OTHER, "hello")


@pytest.mark.parametrize("owe", [owe_reminder, owe_answer])
@pytest.mark.parametrize("trouble", [Stall(accepted=True), Drop(accepted=True)])
@pytest.mark.requirement("R-8")
async def test_a_text_whose_answer_is_lost_goes_out_once(
    hasty: Rig, owe: Owing, trouble: Stall | Drop
) -> None:
    """Twilio is asked, shows it, and it counts as sent; a reminder as well as an answer."""
    hasty.twilio.troubles.append(trouble)
    await owe(hasty)
    await in_doubt(hasty)

    hasty.skip(seconds=6)
    await settled(hasty, 1)
    hasty.skip(hours=1)
    await hasty.quiet()

    assert (len(hasty.twilio.sent), hasty.twilio.requests) == (1, 1)


@pytest.mark.parametrize("owe", [owe_reminder, owe_answer])
async def test_a_text_that_never_arrived_goes_again(hasty: Rig, owe: Owing) -> None:
    """Once Twilio's list can be trusted not to show it."""
    hasty.twilio.troubles.append(Stall(accepted=False))
    await owe(hasty)
    await in_doubt(hasty)

    hasty.skip(minutes=3)
    await settled(hasty, 1)
    await hasty.quiet()

    assert (len(hasty.twilio.sent), hasty.twilio.requests) == (1, 2)


@pytest.mark.requirement("R-8")
async def test_a_list_that_lags_makes_no_second_reminder(hasty: Rig) -> None:
    """What the first look does not show, the second does."""
    hasty.twilio.list_is_behind = True
    hasty.twilio.troubles.append(Stall(accepted=True))
    await owe_reminder(hasty)
    await in_doubt(hasty)
    hasty.skip(seconds=6)

    async def looked() -> bool:
        return await last_error(hasty) == "outcome unknown; twilio does not show it yet"

    await until(looked)
    hasty.twilio.list_is_behind = False
    hasty.skip(minutes=3)
    await settled(hasty, 1)

    assert (len(hasty.twilio.sent), hasty.twilio.requests) == (1, 1)


async def test_a_receipt_alone_proves_that_a_text_is_out(hasty: Rig) -> None:
    """Its URL, which Twilio signs, names our reference; Twilio's list is not asked any more."""
    hasty.twilio.troubles.append(Stall(accepted=True))
    await owe_reminder(hasty)
    text = await hasty.next_text()
    answer = await hasty.carrier.receipt(text.sid, "sent", to=CITIZEN, url=text.status_callback)

    answer.assert_received()
    await settled(hasty, 1)
    hasty.skip(minutes=5)
    await hasty.quiet()
    assert (len(hasty.twilio.sent), hasty.twilio.look_ups) == (1, 0)


async def test_a_receipt_with_another_reference_is_refused(hasty: Rig) -> None:
    """The reference is signed with the rest: nobody settles what they did not take."""
    await owe_reminder(hasty)
    text = await hasty.next_text()
    hasty.carrier.auth_token = "another"

    answer = await hasty.carrier.receipt(text.sid, "sent", to=CITIZEN, url=text.status_callback + "x")

    assert answer.status == 403


@asynccontextmanager
async def killable(database_url: str, folder: Path, twilio: TwilioServer) -> AsyncIterator[GatewayProcess]:
    """The real process, whose reminders fall due at once."""
    port = free_port()
    environment = {
        "HAOCHAPING_SERVER__PORT": str(port),
        "HAOCHAPING_SERVER__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HAOCHAPING_DATABASE__URL": database_url,
        "HAOCHAPING_PRIVACY__KEYS": KEYS,
        "HAOCHAPING_API__TOKENS": f'["{TOKEN}"]',
        "HAOCHAPING_SMS__PROVIDERS": '["twilio"]',
        "HAOCHAPING_TWILIO__ACCOUNT_SID": ACCOUNT_SID,
        "HAOCHAPING_TWILIO__AUTH_TOKEN": AUTH_TOKEN,
        "HAOCHAPING_TWILIO__FROM_NUMBER": LINE,
        "HAOCHAPING_TWILIO__API_BASE_URL": twilio.url,
        "HAOCHAPING_RULES__REMINDER_AFTER": "1s",
        "HAOCHAPING_RULES__QUIET_HOURS": "",
    }
    process = GatewayProcess(folder, port, environment)
    await process.start()
    try:
        yield process
    finally:
        await process.kill()


@pytest.mark.requirement("R-8")
async def test_killed_between_request_and_answer_it_sends_each_text_once(
    database_url: str, tmp_path: Path
) -> None:
    """A reminder and an answer are with Twilio when the process dies; its successor finds both there."""
    service = {
        "service_id": "case-1",
        "kind": "window",
        "phone": CITIZEN,
        "agency_code": AGENCY,
        "region_code": "441500",
        "item": {"code": "4415000001", "name": "居民身份证换领"},
        "visit_no": 1,
        "language": "zh-CN",
    }
    async with (
        TwilioServer.running() as twilio,
        killable(database_url, tmp_path, twilio) as process,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
    ):
        twilio.troubles.extend([Stall(accepted=True), Stall(accepted=True)])
        document = {**service, "completed_at": twilio.now().isoformat()}
        async with http.post(f"{process.url}/v1/services", json=document) as answer:
            assert answer.status == 201
        await twilio.webhooks(process.url).text_in(OTHER, "hello")
        async with asyncio.timeout(PATIENCE):
            kept = {(await twilio.next_text()).to, (await twilio.next_text()).to}
        assert kept == {CITIZEN, OTHER}

        await process.kill()
        await process.start()
        async with asyncio.timeout(4 * PATIENCE):
            while await _texts(database_url, OutboxState.DONE) != 2:  # noqa: ASYNC110 - another process works
                await asyncio.sleep(0.2)
        assert await _texts(database_url, OutboxState.DEAD) == 0

        assert (len(twilio.sent), twilio.requests) == (2, 2)
        assert await process.terminate() == 0


async def _texts(database_url: str, state: OutboxState) -> int:
    """How many texts that were handed to Twilio are in that state."""
    database = open_database(database_url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    query = select(func.count()).where(outbox.c.carrier == "twilio", outbox.c.state == state)
    try:
        async with database.reading_engine.connect() as connection:
            return int((await connection.execute(query)).scalar_one())
    finally:
        await database.close()
