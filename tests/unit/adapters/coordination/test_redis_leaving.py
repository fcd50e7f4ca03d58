"""Who leaves Redis leaves no connection open, whatever happens while it does."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import TimeoutError as RedisTimeout

from gateway.adapters.coordination.redis import RedisWakeups
from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_presence import RedisPresence

URLS = (
    "redis://127.0.0.1:1/0",
    "redis+sentinel://127.0.0.1:1,127.0.0.1:2/main/0",
    "redis+cluster://127.0.0.1:1,127.0.0.1:2",
)


@pytest.mark.parametrize("url", URLS)
async def test_one_that_does_not_close_in_time_leaves_no_other_open(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that is busy, saying goodbye can take too long."""
    connections = RedisConnections(url)
    tried: list[object] = []

    async def late(pool: object) -> None:
        tried.append(pool)
        raise RedisTimeout

    async def commands_close() -> None:
        tried.append("commands")

    monkeypatch.setattr(ConnectionPool, "disconnect", late)
    monkeypatch.setattr(connections._commands, "aclose", commands_close)
    await connections.disconnect()

    assert "commands" in tried
    assert len(tried) >= 2


async def test_leaving_is_not_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process ends just when a loss has been noticed and all connections are being cut."""
    connections = RedisConnections(URLS[0])
    begun, go_on, closed = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        begun.set()
        await go_on.wait()
        closed.set()

    async def probe() -> None:
        raise OSError

    monkeypatch.setattr(connections, "disconnect", slow)
    presence = RedisPresence(lambda _: None)
    bells = RedisWakeups(connections, presence, probe)
    bells._task = asyncio.create_task(bells._keep_talking())
    await begun.wait()
    leaving = asyncio.create_task(bells.aclose())
    for _ in range(3):
        await asyncio.sleep(0)
    assert not leaving.done()
    go_on.set()
    await leaving

    assert closed.is_set()
