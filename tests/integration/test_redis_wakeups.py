"""Wake-ups between processes by Redis: it works while it is there, and nobody minds when it is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from structlog.testing import capture_logs

from gateway.adapters.coordination import redis, redis_connections
from gateway.adapters.coordination.redis import RedisWakeups
from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_presence import RedisPresence
from gateway.domain.errors import ConfigurationError, Unavailable
from tests.integration.conftest import PATIENCE
from tests.peers.postgres import free_port
from tests.peers.redis_server import RedisServer, redis_server

LONG = 3600.0
"""Seconds that no test waits: only a ring ends such a wait."""


class Node:
    """One process's wake-ups, and what it noticed of Redis."""

    def __init__(self, url: str) -> None:
        self._noticed: asyncio.Queue[bool] = asyncio.Queue()
        self.presence = RedisPresence(self._noticed.put_nowait)
        self.wakeups = RedisWakeups(RedisConnections(url), self.presence)

    async def notices(self, *, there: bool) -> None:
        """Return once it has found or lost Redis."""
        async with asyncio.timeout(PATIENCE):
            while await self._noticed.get() is not there:
                pass


@asynccontextmanager
async def node(url: str) -> AsyncIterator[Node]:
    """A node, opened."""
    opened = Node(url)
    async with opened.wakeups:
        yield opened


async def wakes(ringing: Node, waiting: Node, topic: str = "outbox") -> None:
    """A ring of the one ends a wait of the other."""
    wait = asyncio.create_task(waiting.wakeups.wait(topic, LONG))
    ringing.wakeups.ring(topic)
    await asyncio.wait_for(wait, PATIENCE)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A Redis to be killed."""
    with redis_server() as started:
        yield started


@pytest.fixture
async def nodes(server: RedisServer) -> AsyncIterator[tuple[Node, Node]]:
    """Two that have found it."""
    async with node(server.url) as one, node(server.url) as other:
        for found in (one, other):
            await found.notices(there=True)
        yield one, other


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is noticed soon."""
    for module in (redis, redis_connections):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(redis, "_BEAT_SECONDS", 0.2)


async def test_a_ring_in_one_wakes_the_other(nodes: tuple[Node, Node]) -> None:
    """Either way, each topic by itself."""
    one, other = nodes
    await wakes(one, other)
    await wakes(other, one)

    apart = asyncio.create_task(other.wakeups.wait("reminders", LONG))
    await wakes(one, other)
    assert not apart.done()
    await wakes(one, other, "reminders")
    await asyncio.wait_for(apart, PATIENCE)


async def test_a_burst_is_one_message(server: RedisServer, nodes: tuple[Node, Node]) -> None:
    """A thousand rings of a topic at once cost the others one."""
    one, _ = nodes
    client = Redis.from_url(server.url)
    async with client, client.pubsub(ignore_subscribe_messages=True) as listener:
        await listener.subscribe("haochaping:0:wakeups")
        await listener.get_message(timeout=PATIENCE)
        for _ in range(1000):
            one.wakeups.ring("outbox")
        told = [await told_topic(listener)]
        one.wakeups.ring("reminders")
        while told[-1] != "reminders":
            told.append(await told_topic(listener))

    assert told == ["outbox", "reminders"]


async def told_topic(listener: PubSub) -> str:
    async with asyncio.timeout(PATIENCE):
        while (message := await listener.get_message(timeout=PATIENCE)) is None:
            pass
    return str(message["data"].decode().partition(" ")[2])


async def test_who_rings_is_not_woken_twice(nodes: tuple[Node, Node]) -> None:
    """One's own ring that comes back from Redis is no second one."""
    one, other = nodes
    await wakes(one, one)
    await wakes(one, other, "reminders")
    await wakes(other, one, "reminders")

    again = asyncio.create_task(one.wakeups.wait("outbox", LONG))
    await wakes(other, one, "reminders")
    assert not again.done()
    again.cancel()


async def test_redis_killed_and_back(server: RedisServer, nodes: tuple[Node, Node]) -> None:
    """Rings and waits go on here, each loss and return is told once, and bells ring through again."""
    one, other = nodes
    with capture_logs() as logs:
        server.kill()
        for lost in nodes:
            await lost.notices(there=False)
            with pytest.raises(Unavailable, match="Redis is away"):
                await lost.presence.check()
        await wakes(one, one)
        await asyncio.wait_for(other.wakeups.wait("outbox", 0.01), PATIENCE)

        server.start()
        for found in nodes:
            await found.notices(there=True)
            await found.presence.check()
        await wakes(one, other)
        await wakes(other, one)

    told = [(line["event"], line["log_level"]) for line in logs]
    assert told == [("redis_lost", "warning")] * 2 + [("redis_back", "info")] * 2


async def test_what_may_have_been_missed_is_looked_for(server: RedisServer, nodes: tuple[Node, Node]) -> None:
    """Nobody can know what was told while Redis was away; who waits looks once when it is back."""
    _, other = nodes
    wait = asyncio.create_task(other.wakeups.wait("outbox", LONG))
    server.kill()
    await other.notices(there=False)
    assert not wait.done()

    server.start()
    await asyncio.wait_for(wait, PATIENCE)


async def test_what_could_not_be_told_is_told_later(server: RedisServer, nodes: tuple[Node, Node]) -> None:
    """A ring of a process that has no Redis yet wakes the others once it has."""
    _, other = nodes
    wait = asyncio.create_task(other.wakeups.wait("outbox", LONG))
    late = Node(server.url)
    late.wakeups.ring("outbox")

    async with late.wakeups:
        await asyncio.wait_for(wait, PATIENCE)


@pytest.mark.usefixtures("impatient")
async def test_a_redis_that_stalls_is_lost_too(server: RedisServer) -> None:
    """Open connections that carry nothing are noticed, and nobody waits for them."""
    async with node(server.url) as one:
        await one.notices(there=True)
        server.freeze()
        await wakes(one, one)
        await one.notices(there=False)
        await wakes(one, one)
        server.thaw()
        await one.notices(there=True)


@pytest.mark.usefixtures("impatient")
async def test_a_redis_that_stalls_holds_nobody_at_the_end(server: RedisServer) -> None:
    """Nor at the start."""
    async with node(server.url) as one:
        await one.notices(there=True)
        server.freeze()
        async with node(server.url) as late:
            await wakes(late, late)


async def test_connections_cut_and_a_flushed_server(server: RedisServer, nodes: tuple[Node, Node]) -> None:
    """Nothing lies in Redis that could be lost; cut connections are made again."""
    one, other = nodes
    async with Redis.from_url(server.url) as client:
        await client.flushall()
        await wakes(one, other)
        await client.client_kill_filter(_type="pubsub")
    for cut in nodes:
        await cut.notices(there=False)
        await cut.notices(there=True)

    await wakes(one, other)


async def test_strange_messages_do_no_harm(server: RedisServer, nodes: tuple[Node, Node]) -> None:
    """Whatever else writes to the channel neither breaks the bells nor fills the memory."""
    one, other = nodes
    wait = asyncio.create_task(other.wakeups.wait("outbox", LONG))
    async with Redis.from_url(server.url) as client, client.pipeline(transaction=False) as batch:
        for message in (b"", b"\xff\xfe", b"nobody", *(b"else %d" % number for number in range(1000))):
            batch.publish("haochaping:0:wakeups", message)
        await batch.execute()

    assert not wait.done()
    one.wakeups.ring("outbox")
    await asyncio.wait_for(wait, PATIENCE)
    assert len(other.wakeups._bells._rung) < 100


@pytest.mark.parametrize("ending", ["?socket_timeout=soon", "?no_such_option=1", "?db=first"])
def test_a_url_that_cannot_be_used_is_refused(ending: str) -> None:
    """In one line that names the setting and does not repeat what may hold a password."""
    with pytest.raises(ConfigurationError, match=r"^redis\.url: cannot be used; write .*$") as refused:
        RedisConnections(f"redis://user:secret@127.0.0.1{ending}")

    assert "secret" not in str(refused.value)


async def test_a_server_that_is_not_there_at_the_start_is_awaited() -> None:
    """One warning, and everything goes on."""
    with capture_logs() as logs:
        async with node(f"redis://127.0.0.1:{free_port()}") as one:
            await wakes(one, one)

    assert [(line["event"], line["log_level"]) for line in logs] == [("redis_lost", "warning")]
