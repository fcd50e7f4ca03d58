"""Whoever has read to the end waits for what is recorded next, and hears of it at once."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.application.ports.wakeups import EVALUATIONS
from tests.integration.api.conftest import Api, Told

PATIENCE = 60
LIST = "/v1/evaluations"


async def waits(wakeups: InProcessWakeups, count: int = 1) -> None:
    """Return once so many wait for the bell."""
    async with asyncio.timeout(PATIENCE):
        while len(wakeups._waiting.get(EVALUATIONS, ())) < count:  # noqa: ASYNC110 - it lives in the server
            await asyncio.sleep(0.001)


async def following(api: Api, link: str) -> Told:
    async with asyncio.timeout(PATIENCE):
        return await api.send("GET", link)


async def test_a_rating_ends_the_wait(api: Api, wakeups: InProcessWakeups) -> None:
    """Of everybody who waits; and whoever follows `next` gets each rating once."""
    await api.report()
    waiting = [asyncio.create_task(following(api, f"{LIST}?wait=60&limit=7")) for _ in range(3)]
    await waits(wakeups, 3)
    assert (await api.rate(level="satisfied")).status == 201

    for told in await asyncio.gather(*waiting):
        assert [e["level"] for e in told.json["evaluations"]] == ["satisfied"]
        assert "wait=60" in told.json["next"]

    link = told.json["next"]
    waiting = [asyncio.create_task(following(api, link))]
    await waits(wakeups)
    assert (await api.rate(subject="staff", level="dissatisfied")).status == 201
    (later,) = await asyncio.gather(*waiting)
    assert [e["level"] for e in later.json["evaluations"]] == ["dissatisfied"]
    assert "limit=7" in later.json["next"]


async def test_what_is_there_already_is_not_waited_for(api: Api) -> None:
    """The first page comes at once, and its `next` leads on even though nothing more is there."""
    await api.report()
    await api.rate(level="satisfied")
    told = await following(api, f"{LIST}?wait=60")

    assert len(told.json["evaluations"]) == 1
    assert told.json["next"]
    assert (await api.send("GET", LIST)).json["next"] is None


async def test_the_time_may_end_without_anything(api: Api) -> None:
    """An empty page whose `next` asks for the same again."""
    told = await following(api, f"{LIST}?wait=1&since=2026-11-23T00:00:00Z")

    assert told.status == 200
    assert told.json["evaluations"] == []
    assert "cursor" not in told.json["next"]
    assert "wait=1" in told.json["next"]
    assert "since=" in told.json["next"]


async def test_without_a_bell_it_is_found_by_looking(
    api: Api, wakeups: InProcessWakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process recorded while Redis was away is seen a moment later."""
    await api.report()
    waiting = asyncio.create_task(following(api, f"{LIST}?wait=60"))
    await waits(wakeups)
    monkeypatch.setattr(wakeups, "ring", lambda _topic: None)
    await api.rate(level="satisfied")

    assert len((await waiting).json["evaluations"]) == 1


async def test_whoever_waits_is_let_go_at_the_end(api: Api, wakeups: InProcessWakeups) -> None:
    """A process that is told to stop keeps nobody until their time is over."""
    waiting = asyncio.create_task(following(api, f"{LIST}?wait=60"))
    await waits(wakeups)
    await api.app.shutdown()

    assert (await waiting).json["evaluations"] == []


class TestCrowded:
    """One may wait."""

    @pytest.fixture
    def most_waiting(self) -> int:
        """Fewer than usual."""
        return 1

    async def test_no_more_wait_than_may(self, api: Api, wakeups: InProcessWakeups) -> None:
        """The next is told so, and may list meanwhile."""
        waiting = asyncio.create_task(following(api, f"{LIST}?wait=60"))
        await waits(wakeups)
        crowded = await api.send("GET", f"{LIST}?wait=60")
        listed = await api.send("GET", LIST)
        await api.app.shutdown()
        await waiting

        assert (crowded.status, crowded.headers["Retry-After"]) == (503, "5")
        assert crowded.json["type"].endswith("too-many-waiting")
        assert listed.status == 200


@pytest.mark.parametrize("wait", ["-1", "61", "1.5", "soon", ""])
async def test_a_wait_that_is_none_is_refused(api: Api, wait: str) -> None:
    """With the place and the bounds."""
    told = await api.send("GET", f"{LIST}?wait={wait}")

    assert told.status == 422
    assert told.json["errors"][0]["pointer"] == "/query/wait"
    assert "0 to 60" in told.json["errors"][0]["detail"]
