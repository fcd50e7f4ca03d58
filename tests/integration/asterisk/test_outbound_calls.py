"""Citizens are called by a real Asterisk, through the delivered dial plan, as planned and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.tables import outbox
from tests.integration.asterisk.conftest import Hotline, hotline_opener
from tests.integration.conftest import until
from tests.peers.asterisk_operator_files import APP, ENGAGED, HANGS_UP, MACHINE, NOBODY, RATES, TRUNK
from tests.peers.asterisk_rig import NoiseAudio
from tests.peers.asterisk_server import AsteriskServer

MORNING = datetime.fromisoformat("2026-11-24T09:30:00+08:00")
CALLS = {
    "HAOCHAPING_ASTERISK__APP": APP,
    "HAOCHAPING_OUTBOUND__ENABLED": "true",
    "HAOCHAPING_OUTBOUND__PER_SECOND": "100",
    "HAOCHAPING_OUTBOUND__ENDPOINT": "Local/{national}@telephones/n",
    "HAOCHAPING_OUTBOUND__CALLER_ID": "+8675512345678",
    "HAOCHAPING_OUTBOUND__TRIES": "1",
}


@pytest.fixture
def asterisk(delivered_asterisk: AsteriskServer) -> AsteriskServer:
    """One that can call."""
    return delivered_asterisk


@pytest.fixture
async def hotline(
    request: pytest.FixtureRequest,
    asterisk: AsteriskServer,
    audio: NoiseAudio,
    tmp_path: Path,
    clock: MovableClock,
) -> AsyncIterator[Hotline]:
    """A gateway that calls, at half past nine in the morning; by this parameter, else to Local channels."""
    clock.advance(MORNING - clock.now())
    endpoint = {"HAOCHAPING_OUTBOUND__ENDPOINT": request.param} if hasattr(request, "param") else {}
    async with hotline_opener(asterisk, audio, tmp_path, clock) as opened:
        yield await opened(**CALLS | endpoint)


async def called(hotline: Hotline, phone: str) -> None:
    """Report a finished service, and let the hours until its call pass."""
    await hotline.rig.register("S-1", phone=f"+86{phone}", staff=None)
    hotline.rig.skip(hours=2, seconds=1)
    await until(lambda: _logged(hotline, f"{phone}@"))


async def concluded(hotline: Hotline) -> tuple[str, str]:
    """State and last word of the calls, once they are settled; time passes as fast as need be."""

    async def settled() -> bool:
        if not hotline.asterisk.cli("core show channels concise").strip():
            hotline.rig.skip(minutes=1)
        return (await _owed(hotline))[0] != "pending"

    await until(settled)
    return await _owed(hotline)


async def _owed(hotline: Hotline) -> tuple[str, str]:
    async with hotline.rig.gateway.database.reading_engine.connect() as connection:
        row = (
            await connection.execute(
                select(outbox.c.state, outbox.c.last_error).where(outbox.c.kind == "call")
            )
        ).one()
    return row.state.value, row.last_error


async def _logged(hotline: Hotline, words: str) -> bool:
    return words in hotline.asterisk.log()


@pytest.mark.requirement("R-7")
async def test_a_citizen_who_answers_rates_by_key(hotline: Hotline) -> None:
    """They hear the flow of their service; it is recorded once, and they are not called again."""
    await called(hotline, RATES)
    (document,) = (await hotline.rig.stored(1)).values()

    assert (document["level_code"], document["service_id"]) == (2, "S-1")
    assert await concluded(hotline) == ("done", "")


async def test_a_citizen_who_does_not_answer_is_texted_in_time(hotline: Hotline) -> None:
    """It rings for its time, nothing is recorded, and the reminder follows."""
    await called(hotline, NOBODY)
    for channel in hotline.asterisk.cli("core show channels concise").splitlines():
        hotline.asterisk.cli(f"channel request hangup {channel.partition('!')[0]}")

    assert await concluded(hotline) == ("dropped", "not reached: no_answer")
    hotline.rig.skip(hours=24)
    assert (await hotline.rig.next_text()).to == f"+86{NOBODY}"


async def test_an_answering_machine_is_hung_up_on(hotline: Hotline) -> None:
    """The dial plan hears that it does not stop talking, says so, and no gateway is asked."""
    await called(hotline, MACHINE)

    assert await concluded(hotline) == ("dropped", "not reached: machine")
    assert hotline.rig.store.newest == {}


async def test_a_citizen_who_hangs_up_at_once_is_left_alone(hotline: Hotline) -> None:
    """They were reached, though no gateway heard of it: nobody is called again who wants nothing of it."""
    await called(hotline, HANGS_UP)

    assert await concluded(hotline) == ("done", "")


@pytest.mark.parametrize("hotline", [f"PJSIP/{{national}}@{TRUNK}"], indirect=True)
async def test_a_busy_line_is_told_from_nobody(hotline: Hotline) -> None:
    """By the answer 486 of a real trunk; the plan calls again sooner then."""
    await called(hotline, ENGAGED)

    assert await concluded(hotline) == ("dropped", "not reached: busy")
