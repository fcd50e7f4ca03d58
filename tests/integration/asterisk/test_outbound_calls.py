"""Citizens are called by a real Asterisk, through the delivered dial plan, as planned and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.tables import outbox
from tests.integration.asterisk.conftest import Hotline, hotline_opener
from tests.integration.conftest import until
from tests.peers.asterisk_operator_files import APP, delivered_configuration
from tests.peers.asterisk_rig import NoiseAudio
from tests.peers.asterisk_server import AsteriskServer, asterisk_server

MORNING = datetime.fromisoformat("2026-11-24T09:30:00+08:00")
CALLS = {
    "HAOCHAPING_ASTERISK__APP": APP,
    "HAOCHAPING_OUTBOUND__ENABLED": "true",
    "HAOCHAPING_OUTBOUND__PER_SECOND": "100",
    "HAOCHAPING_OUTBOUND__ENDPOINT": "Local/{national}@telephones/n",
    "HAOCHAPING_OUTBOUND__CALLER_ID": "+8675512345678",
    "HAOCHAPING_OUTBOUND__TRIES": "1",
}
RATES, NOBODY, TALKS = "+8613800138002", "+8613800138000", "+8613800138009"
_TELEPHONES = """
[telephones]
; Says "hello" and listens, then presses 2 until the other side has gone.
exten => 13800138002,1,Answer()
 same => n,Playtones(440)
 same => n,Wait(0.5)
 same => n,StopPlaytones()
 same => n,Wait(4)
 same => n(key),SendDTMF(2)
 same => n,Wait(2)
 same => n,Goto(key)
exten => 13800138000,1,Ringing()
 same => n,Wait(60)
; A machine: one long announcement.
exten => 13800138009,1,Answer()
 same => n,Playtones(440)
 same => n,Wait(60)
"""


def with_telephones(home: Path, name: str, ports: tuple[int, int], login: tuple[str, str]) -> dict[str, str]:
    """The delivered files, and telephones to call."""
    files = delivered_configuration(home, name, ports, login)
    files["extensions.conf"] += _TELEPHONES
    files["modules.conf"] += "".join(
        f"load = {name}.so\n" for name in ("app_amd", "app_senddtmf", "app_playtones")
    )
    return files


@pytest.fixture(scope="module")
def asterisk() -> Iterator[AsteriskServer]:
    """One that can call."""
    with asterisk_server("pbx-o", with_telephones) as server:
        yield server


@pytest.fixture
def audio(asterisk: AsteriskServer) -> NoiseAudio:
    """Short prompts."""
    return NoiseAudio(asterisk.sounds)


@pytest.fixture
async def hotline(
    asterisk: AsteriskServer, audio: NoiseAudio, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[Hotline]:
    """A gateway that calls, at half past nine in the morning."""
    clock.advance(MORNING - clock.now())
    async with hotline_opener(asterisk, audio, tmp_path, clock) as opened:
        yield await opened(**CALLS)


async def called(hotline: Hotline, phone: str) -> None:
    """Report a finished service, and let the hours until its call pass."""
    await hotline.rig.register("S-1", phone=phone, staff=None)
    hotline.rig.skip(hours=2, seconds=1)
    await until(lambda: _logged(hotline, f"{phone.removeprefix('+86')}@telephones"))


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
    assert (await hotline.rig.next_text()).to == NOBODY


async def test_an_answering_machine_is_hung_up_on(hotline: Hotline) -> None:
    """The dial plan hears that it does not stop talking, and no gateway is asked."""
    await called(hotline, TALKS)

    assert await concluded(hotline) == ("dropped", "not reached: no_answer")
    assert hotline.rig.store.newest == {}
