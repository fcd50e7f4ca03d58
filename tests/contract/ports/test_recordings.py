"""What every keeper of spoken messages promises, held against peers on loopback."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.adapters.providers.asterisk.spoken_messages import AsteriskRecordings
from gateway.adapters.providers.demo.spoken_messages import DemoRecordings
from gateway.adapters.providers.twilio.spoken_messages import TwilioRecordings
from gateway.application.ports.recordings import Recordings
from gateway.domain.errors import Unavailable
from tests.peers.twilio_server import TwilioServer
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN

SOUND = b"what somebody said"
NAME = "haochaping-20261123-0123456789abcdef"
SID = "RE" + "0" * 32


@dataclass
class Keeper:
    """One implementation, with what a rating keeps as its reference."""

    recordings: Recordings
    reference: str
    forget: Callable[[], object] | None = None
    """Has the peer erase it."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections that nothing else uses."""
    async with aiohttp.ClientSession() as opened:
        yield opened


def twilio_recordings(session: aiohttp.ClientSession, url: str, token: str = AUTH_TOKEN) -> TwilioRecordings:
    """Of the account that the peer knows."""
    return TwilioRecordings(
        session, account_sid=ACCOUNT_SID, auth_token=token, api_base_url=url, timeout=timedelta(seconds=5)
    )


@pytest.fixture(params=["twilio", "asterisk", "demo"])
async def keeper(request: pytest.FixtureRequest, session: aiohttp.ClientSession) -> AsyncIterator[Keeper]:
    """Each implementation in turn."""
    if request.param == "demo":
        yield Keeper(DemoRecordings(), "demo:recording/CA1")
    elif request.param == "twilio":
        async with TwilioServer.running() as twilio:
            twilio.recordings[SID] = SOUND
            reference = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{SID}"
            yield Keeper(twilio_recordings(session, twilio.url), reference, twilio.recordings.clear)
    else:
        async with stored({NAME: SOUND}) as (url, sounds):
            recordings = AsteriskRecordings(session, [url], username="ari", password="secret")
            yield Keeper(recordings, f"{url}/recordings/stored/{NAME}/file", sounds.clear)


@asynccontextmanager
async def stored(sounds: dict[str, bytes]) -> AsyncIterator[tuple[str, dict[str, bytes]]]:
    """An Asterisk that keeps these recordings: where its REST interface is, and what it keeps."""
    login = base64.b64encode(b"ari:secret").decode()

    async def file(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Basic {login}":
            return web.Response(status=401)
        sound = sounds.get(request.match_info["name"])
        return web.Response(body=sound) if sound else web.Response(status=404)

    app = web.Application()
    app.router.add_get("/ari/recordings/stored/{name}/file", file)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/ari")), sounds


async def test_a_message_is_fetched_as_it_sounds(keeper: Keeper) -> None:
    """With the login it takes, which nobody else gets to see."""
    assert keeper.recordings.holds(keeper.reference)
    found = await keeper.recordings.fetch(keeper.reference)

    assert found is not None
    assert found.media_type.startswith("audio/")
    assert found.content == SOUND or found.content.startswith(b"RIFF")


async def test_what_was_erased_is_no_error(keeper: Keeper) -> None:
    """Nobody keeps messages for ever."""
    if keeper.forget is None:
        pytest.skip("the demonstration keeps nothing")
    keeper.forget()

    assert await keeper.recordings.fetch(keeper.reference) is None


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "https://elsewhere.example/recordings/stored/haochaping-00/file",
        "https://api.twilio.com/2010-04-01/Accounts/AC9/Recordings/RE1",
        f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/../Messages/SM1",
        "http://127.0.0.1/ari/recordings/stored/../../channels/file",
    ],
)
async def test_what_is_none_of_its_own_leads_nowhere(keeper: Keeper, reference: str) -> None:
    """A reference that somebody else wrote fetches nothing with our login."""
    assert not keeper.recordings.holds(reference)
    assert await keeper.recordings.fetch(reference) is None


async def test_who_refuses_us_or_is_away_is_unavailable(session: aiohttp.ClientSession) -> None:
    """It is worth trying again; neither address nor login is told."""
    async with TwilioServer.running() as twilio, stored({NAME: SOUND}) as (url, _):
        reference = f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Recordings/{SID}"
        keepers: list[tuple[Recordings, str]] = [
            (twilio_recordings(session, twilio.url, "wrong"), reference),
            (twilio_recordings(session, "http://127.0.0.1:1"), reference),
            (
                AsteriskRecordings(session, [url], username="ari", password="wrong"),
                f"{url}/recordings/stored/{NAME}/file",
            ),
        ]
        for recordings, place in keepers:
            with pytest.raises(Unavailable) as caught:
                await recordings.fetch(place)
            assert "127.0.0.1" not in str(caught.value)
