"""A real Asterisk, telephones that call it, and the gateway that answers them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock
from tests.integration.conftest import AGENCY, Rig, open_rig_with, until
from tests.peers.asterisk_rig import NoiseAudio
from tests.peers.asterisk_server import PASSWORD, USER, AsteriskServer
from tests.peers.sip_caller import SipCaller

RATING = f"agency_code={AGENCY},region_code=441500,item_code=4415000001"
"""What the dial plan says of a call."""


@pytest.fixture
def audio(asterisk: AsteriskServer) -> NoiseAudio:
    """Short prompts, beside those of the dial plan."""
    return NoiseAudio(asterisk.sounds)


def asterisk_settings(asterisk: AsteriskServer) -> dict[str, str]:
    """A gateway's settings for calls by this Asterisk."""
    return {
        "HAOCHAPING_VOICE__PROVIDER": "asterisk",
        "HAOCHAPING_ASTERISK__URL": asterisk.url,
        "HAOCHAPING_ASTERISK__USERNAME": USER,
        "HAOCHAPING_ASTERISK__PASSWORD": PASSWORD,
        "HAOCHAPING_ASTERISK__SOUNDS": str(asterisk.sounds_inside),
        "HAOCHAPING_PROMPTS__FOLDER": str(asterisk.sounds),
    }


@dataclass
class Hotline:
    """A gateway, its Asterisk, and everybody who calls."""

    rig: Rig
    asterisk: AsteriskServer
    audio: NoiseAudio
    stack: AsyncExitStack

    async def caller(self, rating: str = RATING, extension: str = "12345", **headers: str) -> SipCaller:
        """A caller on the line, whose agent hangs up soon."""
        caller = SipCaller(self.asterisk.sip_port, self.audio.prompts.words)
        self.stack.push_async_callback(caller.hang_up)
        await caller.call(extension, rating=rating, **headers)
        return caller


Open = Callable[..., Awaitable[Hotline]]


@asynccontextmanager
async def hotline_opener(
    asterisk: AsteriskServer, audio: NoiseAudio, folder: Path, clock: MovableClock
) -> AsyncIterator[Open]:
    """Opens hotlines on this Asterisk, until the block ends."""
    async with AsyncExitStack() as stack:

        async def opened(**extra: str) -> Hotline:
            url = f"sqlite:///{folder}/gateway.db"
            settings = asterisk_settings(asterisk) | extra
            rig = await stack.enter_async_context(open_rig_with(url, folder, clock, settings, audio))
            await until_connected(rig)
            return Hotline(rig, asterisk, audio, stack)

        yield opened


@pytest.fixture
async def open_hotline(
    asterisk: AsteriskServer, audio: NoiseAudio, tmp_path: Path, clock: MovableClock
) -> AsyncIterator[Open]:
    """Opens a hotline with settings of its own."""
    async with hotline_opener(asterisk, audio, tmp_path, clock) as opened:
        yield opened


async def until_connected(rig: Rig) -> None:
    """Return once the gateway has its connections."""

    async def passing() -> bool:
        async with rig.http.get(f"{rig.url}/readyz") as answer:
            document = await answer.json()
        return bool(document["checks"]["pbx"]["status"] == "ok")

    await until(passing)


@pytest.fixture
async def hotline(open_hotline: Open) -> Hotline:
    """A hotline with the usual settings."""
    return await open_hotline()
