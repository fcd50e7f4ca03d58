"""Recorded prompts are fetched from the folder of their flow, and nothing else is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from gateway.web.recordings import add_recordings

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    """Two flows whose recordings lie in different places, one of them without any."""
    for folder, sound in (("own/window_rating.audio", b"own"), ("delivered/hotline_rating.audio", b"given")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "welcome.wav").write_bytes(sound)
    (tmp_path / "own" / "secret.toml").write_text("password", encoding="utf-8")
    app = web.Application()
    add_recordings(
        app,
        {
            "window_rating": (tmp_path / "studio", tmp_path / "own" / "window_rating.audio"),
            "hotline_rating": (tmp_path / "delivered" / "hotline_rating.audio",),
            "silent": (tmp_path / "own" / "silent.audio",),
        },
    )
    async with TestClient(TestServer(app)) as opened:
        yield opened


@pytest.mark.parametrize(("flow", "sound"), [("window_rating", b"own"), ("hotline_rating", b"given")])
async def test_each_flow_has_its_own(client: Client, flow: str, sound: bytes) -> None:
    """The same name in two flows is two recordings, which carriers may keep for a while."""
    answer = await client.get(f"/ivr-audio/{flow}/welcome.wav")

    assert (answer.status, await answer.read()) == (200, sound)
    assert answer.headers["Cache-Control"] == "public, max-age=86400"


async def test_the_first_folder_that_has_it_counts(client: Client, tmp_path: Path) -> None:
    """A studio's recording, named by prompt and language, goes before one beside the flow."""
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "welcome.wav").write_bytes(b"studio")
    (tmp_path / "studio" / "levels.zh-CN.wav").write_bytes(b"levels")

    for name, sound in (("welcome.wav", b"studio"), ("levels.zh-CN.wav", b"levels")):
        answer = await client.get(f"/ivr-audio/window_rating/{name}")
        assert await answer.read() == sound


@pytest.mark.parametrize(
    "path",
    [
        "elsewhere/welcome.wav",
        "silent/welcome.wav",
        "window_rating/other.wav",
        "window_rating/..%2Fsecret.toml",
        "window_rating/%2E%2E",
        "..%2Fown%2Fwindow_rating/welcome.wav",
    ],
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    """Neither unknown names nor ways out of the folder."""
    answer = await client.get(URL(f"/ivr-audio/{path}", encoded=True))

    assert answer.status == 404
