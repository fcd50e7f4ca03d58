"""The contract of the port `Pace`, for every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.adapters.coordination.redis import RedisWakeups
from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_pace import RedisPace
from gateway.adapters.coordination.redis_presence import RedisPresence
from gateway.application.ports.pace import Pace
from gateway.domain.pace import Rate
from tests.peers.postgres import free_port
from tests.peers.redis_server import redis_server

HOURLY = 1 / 3600
"""Turns a second: so few that none comes while a test runs."""
CALLER = Rate(HOURLY, 4, starts_full=True)
CARRIER = Rate(HOURLY, 4)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    """A private server's, started when it is first asked for."""
    with redis_server() as server:
        yield server.url


@pytest.fixture(params=["in_process", "redis", "redis_away"])
async def pace(request: pytest.FixtureRequest) -> AsyncIterator[Pace]:
    """One implementation after the other; by Redis also while there is none, alone in the world."""
    if request.param == "in_process":
        yield InProcessPace()
        return
    url = f"redis://127.0.0.1:{free_port()}/0"
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
    async with AsyncExitStack() as stack:
        connections, presence = RedisConnections(url), RedisPresence()
        opened = RedisPace(connections, presence, nodes=1)
        await stack.enter_async_context(RedisWakeups(connections, presence, opened.probe))
        assert presence.is_there is (request.param == "redis")
        yield opened


@pytest.fixture
def line(request: pytest.FixtureRequest) -> str:
    """A line that no other test takes turns at."""
    return str(request.node.name)


async def test_no_more_than_the_burst_at_once(pace: Pace, line: str) -> None:
    """What is left is told, and when the next comes."""
    first = await pace.take(line, CALLER, 3)
    second = await pace.take(line, CALLER, 3)
    third = await pace.take(line, CALLER, 3)

    assert (first.granted, first.left, first.wait_seconds) == (3, 1, 0)
    assert (second.granted, second.left) == (1, 0)
    assert (third.granted, third.left) == (0, 0)
    assert 3000 < third.wait_seconds <= 3600


async def test_a_carrier_is_given_no_burst_for_our_forgetting(pace: Pace, line: str) -> None:
    """Whoever remembers nothing of a carrier's line begins with nothing in hand."""
    turns = await pace.take(line, CARRIER, 4)

    assert (turns.granted, turns.left) == (0, 0)
    assert 3000 < turns.wait_seconds <= 3600


async def test_looking_takes_nothing(pace: Pace, line: str) -> None:
    """None wanted is none taken."""
    for _ in range(9):
        assert (await pace.take(line, CALLER, 0)).left == 4


async def test_who_can_wait_leaves_the_rest_to_others(pace: Pace, line: str) -> None:
    """What is spared is granted to those who spare nothing."""
    waiting = await pace.take(line, CALLER, 4, spare=2)
    again = await pace.take(line, CALLER, 4, spare=2)
    urgent = await pace.take(line, CALLER, 4)

    assert (waiting.granted, waiting.left) == (2, 2)
    assert (again.granted, again.left) == (0, 2)
    assert again.wait_seconds > 3000
    assert urgent.granted == 2


async def test_what_is_given_back_can_be_taken_again(pace: Pace, line: str) -> None:
    """But never more than the burst comes of it."""
    await pace.take(line, CALLER, 4)
    await pace.use(line, CALLER, -2)
    assert (await pace.take(line, CALLER, 4)).granted == 2

    await pace.use(line, CALLER, -100)
    assert (await pace.take(line, CALLER, 100)).granted == 4


async def test_what_was_used_beyond_is_paid_for(pace: Pace, line: str) -> None:
    """The next turn comes that much later."""
    fast = Rate(1, 4, starts_full=True)
    await pace.take(line, fast, 4)
    await pace.use(line, fast, 10)
    turns = await pace.take(line, fast, 1)

    assert turns.granted == 0
    assert turns.left < 0
    assert 9 < turns.wait_seconds <= 11


async def test_lines_are_apart(pace: Pace, line: str) -> None:
    """What one takes is not missing from another."""
    await pace.take(line, CALLER, 4)

    assert (await pace.take(f"{line}'", CALLER, 4)).granted == 4


async def test_turns_come_back_with_time(pace: Pace, line: str) -> None:
    """At the rate, and not before."""
    fast = Rate(50, 2, starts_full=True)
    await pace.take(line, fast, 2)
    granted = looked = 0
    while granted < 3:
        turns = await pace.take(line, fast, 1)
        granted += turns.granted
        looked += 1

    assert looked > 3, "each was waited for"
