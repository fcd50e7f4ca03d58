"""The demonstration's routes: who may use them, and what they answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from gateway.bootstrap.demonstration import DemoWish, RunningDemo, running_demo

READING: Final = ("page.css", "page.js", "scene", "state", "events", "mail/x.eml")
SECTIONS: Final = {"clock", "texts", "mails", "records", "timeline"}


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[RunningDemo]:
    """A demonstration at work."""
    async with running_demo(DemoWish(port=0, folder=tmp_path / "demo")) as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps cookies, as browsers do, also of addresses without a name."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as opened:
        yield opened


async def state_of(session: aiohttp.ClientSession, demo: RunningDemo) -> dict[str, Any]:
    """All sections."""
    async with session.get(f"{demo.url}/demo/state", headers={"X-Demo-Token": demo.token}) as answer:
        state: dict[str, Any] = await answer.json()
        return state


@pytest.mark.parametrize("name", READING)
async def test_nothing_is_shown_without_the_token(
    demo: RunningDemo, session: aiohttp.ClientSession, name: str
) -> None:
    """Neither without it nor with another, in the header or the address."""
    for headers in ({}, {"X-Demo-Token": "wrong"}, {"X-Demo-Token": ""}):
        async with session.get(f"{demo.url}/demo/{name}?token={demo.token}", headers=headers) as answer:
            assert answer.status == 403
            assert demo.api_token not in await answer.text()


async def test_the_printed_address_opens_the_page_and_leaves_a_cookie(
    demo: RunningDemo, session: aiohttp.ClientSession
) -> None:
    """The cookie is for this page and this browser alone; the page may load nothing from elsewhere."""
    async with session.get(demo.page_url) as answer:
        assert answer.status == 200
        (cookie,) = answer.cookies.values()
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/demo/")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert demo.api_token not in await answer.text()
    async with session.get(f"{demo.url}/") as answer:
        assert (answer.status, answer.url.path) == (200, "/demo/")
    async with session.get(f"{demo.url}/demo/scene") as answer:
        assert (await answer.json())["api_token"] == demo.api_token


async def test_time_is_moved_by_the_header_alone(demo: RunningDemo, session: aiohttp.ClientSession) -> None:
    """A cookie, which a browser sends by itself, moves nothing; the header does."""
    async with session.get(demo.page_url):
        pass
    before = datetime.fromisoformat((await state_of(session, demo))["now"])

    async with session.post(f"{demo.url}/demo/clock", json={"skip": "24h"}) as answer:
        assert answer.status == 403
    headers = {"X-Demo-Token": demo.token}
    async with session.post(f"{demo.url}/demo/clock", json={"skip": "24h"}, headers=headers) as answer:
        moved = datetime.fromisoformat((await answer.json())["now"]) - before

    assert timedelta(hours=24) <= moved < timedelta(hours=25)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "1", "{}", '{"skip": "1y"}', '{"skip": null}', '{"skip": {}}']
)
async def test_a_senseless_skip_is_refused(
    demo: RunningDemo, session: aiohttp.ClientSession, body: str
) -> None:
    """The clock stays where it is."""
    async with session.post(
        f"{demo.url}/demo/clock", data=body, headers={"X-Demo-Token": demo.token}
    ) as answer:
        assert answer.status == 422
    assert (await state_of(session, demo))["clock"] == {"skips": 0}


async def test_events_tell_every_section_at_once_and_end_with_the_server(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    """Whoever listens sees the state first; an open stream does not hold up the end."""
    async with running_demo(DemoWish(port=0, folder=tmp_path / "demo")) as demo:
        events = await session.get(f"{demo.url}/demo/events", headers={"X-Demo-Token": demo.token})
        told: set[str] = set()
        while told != SECTIONS:
            line = (await events.content.readline()).decode()
            if line.startswith("event: "):
                told.add(line.removeprefix("event: ").strip())
            elif line.startswith("data: "):
                assert set(json.loads(line.removeprefix("data: "))) == {"now", "content"}

    assert (await events.content.read()).count(b"event: ") <= len(SECTIONS)
    events.release()


async def test_one_demonstration_may_start_where_another_has_the_port(tmp_path: Path) -> None:
    """Without a wish for a port each finds one, and they know nothing of each other."""
    first_wish, second_wish = (DemoWish(folder=tmp_path / name) for name in ("one", "two"))
    async with running_demo(first_wish) as first, running_demo(second_wish) as second:
        assert first.url != second.url
        assert first.token != second.token
