"""The contract of the port `Wakeups`, for every implementation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.coordination.redis import RedisWakeups
from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_presence import RedisPresence
from gateway.application.ports.wakeups import Wakeups
from tests.peers.postgres import free_port
from tests.peers.redis_server import redis_server

PATIENCE = 30
LONG = 60.0
"""Seconds that no test ever waits: a wait of this length ends by a ring or the test hangs visibly."""


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A private server's, started when it is first asked for."""
    with redis_server() as server:
        yield server.url


@pytest.fixture(params=["in_process", "redis", "redis_away"])
async def wakeups(request: pytest.FixtureRequest) -> AsyncIterator[Wakeups]:
    """One implementation after the other; by Redis also while there is none."""
    if request.param == "in_process":
        yield InProcessWakeups()
        return
    url = f"redis://127.0.0.1:{free_port()}/0"
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
    async with RedisWakeups(RedisConnections(url), RedisPresence()) as opened:
        yield opened


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_ring_before_the_wait_is_not_lost(wakeups: Wakeups) -> None:
    """Who comes after the ring returns at once."""
    wakeups.ring("outbox")

    await asyncio.wait_for(wakeups.wait("outbox", LONG), PATIENCE)


async def test_rings_nobody_heard_count_once(wakeups: Wakeups) -> None:
    """Several rings before the wait let one wait return at once; the next one waits again."""
    wakeups.ring("outbox")
    wakeups.ring("outbox")
    await asyncio.wait_for(wakeups.wait("outbox", LONG), PATIENCE)

    again = asyncio.create_task(wakeups.wait("outbox", LONG))
    await settle()
    assert not again.done()
    wakeups.ring("outbox")
    await asyncio.wait_for(again, PATIENCE)


async def test_a_ring_wakes_everybody_who_waits(wakeups: Wakeups) -> None:
    """All waiters of the topic return, and nothing is left over for the next."""
    waiting = [asyncio.create_task(wakeups.wait("outbox", LONG)) for _ in range(10)]
    await settle()

    wakeups.ring("outbox")
    await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
    late = asyncio.create_task(wakeups.wait("outbox", LONG))
    await settle()
    assert not late.done()
    late.cancel()


async def test_topics_are_apart(wakeups: Wakeups) -> None:
    """A ring of one topic wakes nobody of another."""
    waiting = asyncio.create_task(wakeups.wait("reminders", LONG))
    await settle()
    wakeups.ring("outbox")
    await settle()

    assert not waiting.done()
    wakeups.ring("reminders")
    await asyncio.wait_for(waiting, PATIENCE)


async def test_without_a_ring_the_timeout_ends_the_wait(wakeups: Wakeups) -> None:
    """A wait without ring returns, so that whoever waits polls now and then."""
    await asyncio.wait_for(wakeups.wait("outbox", 0), PATIENCE)
    await asyncio.wait_for(wakeups.wait("outbox", 0.001), PATIENCE)


async def test_a_ring_after_a_timeout_is_kept(wakeups: Wakeups) -> None:
    """A waiter that gave up takes no later ring with it."""
    await wakeups.wait("outbox", 0)
    wakeups.ring("outbox")

    await asyncio.wait_for(wakeups.wait("outbox", LONG), PATIENCE)


async def test_a_ring_is_not_lost_to_a_cancelled_waiter(wakeups: Wakeups) -> None:
    """When a waiter is cancelled in the moment of the ring, the next who waits gets it."""
    waiting = asyncio.create_task(wakeups.wait("outbox", LONG))
    await settle()
    wakeups.ring("outbox")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await asyncio.wait_for(wakeups.wait("outbox", LONG), PATIENCE)


async def test_a_cancelled_waiter_leaves_the_others_waiting(wakeups: Wakeups) -> None:
    """Cancelling one of two wakes no other, and the ring still reaches it."""
    one, other = (asyncio.create_task(wakeups.wait("outbox", LONG)) for _ in range(2))
    await settle()
    one.cancel()
    await settle()

    assert not other.done()
    wakeups.ring("outbox")
    await asyncio.wait_for(other, PATIENCE)


async def test_no_work_is_left_lying_under_many_rings(wakeups: Wakeups) -> None:
    """Work put down before each ring is always taken up, however rings and waits interleave."""
    todo: list[int] = []
    done: list[int] = []

    async def work() -> None:
        while len(done) < 500:
            await wakeups.wait("outbox", LONG)
            while todo:
                done.append(todo.pop(0))
                if len(done) % 7 == 0:
                    await asyncio.sleep(0)

    worker = asyncio.create_task(work())
    for number in range(500):
        todo.append(number)
        wakeups.ring("outbox")
        if number % 3 == 0:
            await asyncio.sleep(0)
    await asyncio.wait_for(worker, PATIENCE)

    assert done == list(range(500))
