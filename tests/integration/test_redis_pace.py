"""Turns over several nodes by Redis, which is flushed, killed, frozen and replaced meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from gateway.adapters.coordination import redis, redis_connections, redis_pace
from gateway.adapters.coordination.redis import RedisWakeups
from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_pace import RedisPace
from gateway.adapters.coordination.redis_presence import RedisPresence
from gateway.domain.pace import Rate
from tests.integration.conftest import PATIENCE
from tests.peers.redis_groups import ClusterOfThree, WatchedServers, cluster_of_three, watched_servers
from tests.peers.redis_server import RedisServer, redis_server

RATE = Rate(40, 8)
LINE = "sms:twilio"
NODES = 2


class Node:
    """One process that takes turns and rings bells."""

    def __init__(self, url: str) -> None:
        connections = RedisConnections(url)
        self.presence = RedisPresence()
        self.pace = RedisPace(connections, self.presence, NODES)
        self.wakeups = RedisWakeups(connections, self.presence, self.pace.probe)

    async def is_(self, *, there: bool) -> None:
        """Return once it has found or lost Redis."""
        async with asyncio.timeout(PATIENCE):
            while self.presence.is_there is not there:  # noqa: ASYNC110 - another server decides
                await asyncio.sleep(0.01)


@asynccontextmanager
async def two_nodes(url: str) -> AsyncIterator[tuple[Node, Node]]:
    """Both have found it."""
    async with AsyncExitStack() as stack:
        nodes = Node(url), Node(url)
        for node in nodes:
            await stack.enter_async_context(node.wakeups)
            await node.is_(there=True)
        yield nodes


class Carrier:
    """Counts what all nodes hand over, by its own clock."""

    def __init__(self) -> None:
        self.begun_at = time.monotonic()
        self.taken: list[float] = []

    async def is_given_all_that_may_go(self, *nodes: Node) -> None:
        """Every node takes turns as often as it can until it is cancelled."""
        await asyncio.gather(*(self._is_given(node) for node in nodes))

    async def _is_given(self, node: Node) -> None:
        while True:
            turns = await node.pace.take(LINE, RATE, 16)
            self.taken += [time.monotonic() - self.begun_at] * turns.granted
            await asyncio.sleep(0.005)

    async def has(self, count: int, sending: asyncio.Task[None]) -> None:
        """Return once it was given so many more; raises what ended the sending."""
        goal = len(self.taken) + count
        async with asyncio.timeout(PATIENCE):
            while len(self.taken) < goal:
                await asyncio.sleep(0.01)
                if sending.done():
                    await sending

    def assert_never_too_fast(self) -> None:
        """Over every stretch of time, by the clock of whoever receives: burst + rate x elapsed."""
        for first, start in enumerate(self.taken):
            for last in range(first, len(self.taken), 7):
                elapsed = self.taken[last] - start
                # What is granted is noted a moment later: by no more than the receiver's own delay.
                assert last - first + 1 <= 2 * RATE.burst + RATE.per_second * (elapsed + _DELAY)


_DELAY = 0.25
"""Seconds that a busy machine may take between the granting and the noting of a turn."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses are noticed soon, and what came back is trusted soon."""
    for module in (redis, redis_connections, redis_pace):
        monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(redis, "_BEAT_SECONDS", 0.2)
    monkeypatch.setattr(redis_pace, "_SETTLING_SECONDS", 1.0)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A Redis to be killed."""
    with redis_server() as started:
        yield started


def flush(server: RedisServer) -> None:
    """Everything it remembers is gone."""
    server.ask("flushall")


def restart(server: RedisServer) -> None:
    """It is gone for a moment."""
    server.kill()
    server.start()


def cut(server: RedisServer) -> None:
    """All connections are."""
    server.ask("client", "kill", "type", "normal")
    server.ask("client", "kill", "type", "pubsub")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("mishap", [flush, restart, cut, RedisServer.kill, RedisServer.freeze])
async def test_whatever_happens_to_redis_the_pace_holds(
    server: RedisServer, mishap: Callable[[RedisServer], None]
) -> None:
    """Two nodes together hand over no more than one might, and never stand still."""
    carrier = Carrier()
    async with two_nodes(server.url) as nodes:
        sending = asyncio.create_task(carrier.is_given_all_that_may_go(*nodes))
        try:
            await carrier.has(40, sending)
            mishap(server)
            await carrier.has(40, sending)
            server.thaw()
            await carrier.has(40, sending)
        finally:
            # On Python 3.11 `wait_for`, which redis-py uses, may swallow a cancellation.
            while not sending.done():
                sending.cancel()
                await asyncio.wait([sending], timeout=1)
    carrier.assert_never_too_fast()


@pytest.mark.usefixtures("impatient")
async def test_away_each_keeps_to_its_share_and_says_so_once(server: RedisServer) -> None:
    """One warning on the way down, one line when it is back, and the whole pace again."""
    async with two_nodes(server.url) as nodes:
        with capture_logs() as logs:
            server.kill()
            for node in nodes:
                await node.is_(there=False)
                assert (await node.pace.take(LINE, RATE, 0)).left <= RATE.burst // NODES
            server.start()
            for node in nodes:
                await node.is_(there=True)

    told = [line["event"] for line in logs]
    assert told == ["redis_lost"] * NODES + ["redis_back"] * NODES


@pytest.mark.usefixtures("impatient")
async def test_a_redis_that_never_answers_holds_up_nobody_for_long(server: RedisServer) -> None:
    """The first to notice waits once; from then on turns are taken at one's share."""
    async with two_nodes(server.url) as (one, _):
        server.freeze()
        async with asyncio.timeout(PATIENCE):
            while not (await one.pace.take(LINE, RATE, 1)).granted:  # noqa: ASYNC110 - turns come with time
                await asyncio.sleep(0.01)
        assert not one.presence.is_there
        server.thaw()


async def wakes(ringing: Node, waiting: Node) -> None:
    """A ring of the one ends a wait of the other."""
    wait = asyncio.create_task(waiting.wakeups.wait("outbox", 3600))
    async with asyncio.timeout(PATIENCE):
        while not wait.done():
            ringing.wakeups.ring("outbox")
            await asyncio.wait([wait], timeout=0.2)


async def share_turns(nodes: tuple[Node, Node]) -> None:
    """What the one has taken, the other finds missing.

    Impatient nodes on a busy machine take Redis for lost at times, and keep to their shares: then once more.
    """
    rate = Rate(1 / 3600, 5, starts_full=True)
    granted: list[int] = []
    async with asyncio.timeout(PATIENCE):
        while granted != [3, 2]:
            for node in nodes:
                await node.is_(there=True)
            line = f"api:{time.monotonic_ns()}"
            granted = [(await node.pace.take(line, rate, 3)).granted for node in nodes]
            assert sum(granted) <= rate.burst


@pytest.mark.usefixtures("impatient")
class TestSentinel:
    """A group of servers of which one is master."""

    @pytest.fixture
    def group(self) -> Iterator[WatchedServers]:
        """A group to lose its master."""
        with watched_servers() as started:
            yield started

    async def test_a_new_master_is_found(self, group: WatchedServers) -> None:
        """Bells and turns work, stop with the master, and come back by themselves with the next."""
        async with two_nodes(group.url) as nodes:
            await wakes(*nodes)
            await share_turns(nodes)

            group.master.kill()
            for node in nodes:
                await node.is_(there=False)
            for node in nodes:
                await node.is_(there=True)
            assert "role:master" in group.replica.ask("info", "replication")
            await wakes(*nodes)
            await share_turns(nodes)


@pytest.mark.usefixtures("impatient")
class TestCluster:
    """Servers that share the keys."""

    @pytest.fixture
    def cluster(self) -> Iterator[ClusterOfThree]:
        """Three to lose one of."""
        with cluster_of_three() as started:
            yield started

    async def test_bells_and_turns_work_on_all_of_it(self, cluster: ClusterOfThree) -> None:
        """Also between nodes that talk to different servers, and for lines that live on each."""
        urls = [f"redis+cluster://127.0.0.1:{server.port}" for server in cluster.nodes]
        async with two_nodes(urls[0]) as (one, _), two_nodes(urls[1]) as (other, _):
            await wakes(one, other)
            await wakes(other, one)
            for _ in range(20):
                await share_turns((one, other))

    async def test_a_server_that_comes_back_is_found(self, cluster: ClusterOfThree) -> None:
        """Whatever lived there is away meanwhile; afterwards everything is as before."""
        async with two_nodes(cluster.url) as nodes:
            for server in cluster.nodes:
                server.kill()
            for node in nodes:
                await node.pace.take(LINE, RATE, 1)
                await node.is_(there=False)
            for server in cluster.nodes:
                server.start()
            for node in nodes:
                await node.is_(there=True)
            await wakes(*nodes)
            await share_turns(nodes)
