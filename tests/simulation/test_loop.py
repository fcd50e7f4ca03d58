"""Virtual time, seeded choices, and processes that die between two steps."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context, copy_context

import pytest

from gateway.simulation.chance import Chance
from gateway.simulation.lives import LIFE, Life
from gateway.simulation.loop import REAL, Deadlock, SimulationLoop

DAY = 86400.0


def run(main: Callable[[], Awaitable[None]], seed: int = 1) -> SimulationLoop:
    """Run a coroutine on a fresh loop."""
    loop = SimulationLoop(Chance(seed))
    loop.run(_awaited(main))
    return loop


async def _awaited(main: Callable[[], Awaitable[None]]) -> None:
    await main()


def begin(life: Life, work: Callable[[], Awaitable[None]]) -> None:
    """Let a life begin a task."""
    context = copy_context()
    context.run(LIFE.set, life)
    asyncio.get_running_loop().create_task(_awaited(work), context=context)


def test_sleeping_takes_virtual_time_only() -> None:
    """A year is slept in a moment, and the loop's clock has moved by exactly that."""

    async def main() -> None:
        await asyncio.sleep(365 * DAY)

    assert run(main).time() == 365 * DAY


def order_of(seed: int) -> str:
    """In which order five tasks that are ready at once ran."""
    ran: list[str] = []

    async def task(name: str) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            ran.append(name)

    async def main() -> None:
        await asyncio.gather(*(task(name) for name in "abcde"))

    run(main, seed)
    return "".join(ran)


def test_the_same_seed_gives_the_same_order_and_others_other_ones() -> None:
    """What runs first is drawn from the seed."""
    orders = {order_of(seed) for seed in range(20)}

    assert order_of(3) == order_of(3)
    assert len(orders) > 10


def test_mere_callbacks_keep_their_order() -> None:
    """Transports rely on it."""
    ran: list[int] = []

    async def main() -> None:
        for number in range(50):
            asyncio.get_running_loop().call_soon(ran.append, number)
        await asyncio.sleep(1)

    run(main)

    assert ran == list(range(50))


@pytest.mark.parametrize("time_outs", [0, 1, 4])
def test_timers_of_one_moment_keep_their_order_beside_a_drivers__regression(time_outs: int) -> None:
    """A slow server has its driver set other time-outs: that made another world of the same seed."""
    went_off: list[int] = []
    driver = Context()
    driver.run(REAL.set, True)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in range(time_outs):
            loop.call_later(number, went_off.append, -1, context=driver)
        for number in range(20):
            loop.call_later(5, went_off.append, number)
        await asyncio.sleep(DAY)

    run(main)

    assert went_off == list(range(20))


def test_waiting_for_nothing_is_found_out() -> None:
    """A future that nobody will ever resolve ends the run instead of hanging it."""

    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock):
        run(main)


def test_nothing_of_a_dead_process_runs_on() -> None:
    """After a crash neither its tasks, its timers nor what it would do in `finally` reaches anybody."""
    said: list[str] = []
    life = Life("doomed")

    async def work() -> None:
        asyncio.get_running_loop().call_later(5, said.append, "timer")
        try:
            for _ in range(100):
                await asyncio.sleep(1)
                said.append("step")
        finally:
            asyncio.get_running_loop().call_soon(said.append, "finally")

    async def main() -> None:
        begin(life, work)
        await asyncio.sleep(2.5)
        life.end()
        await asyncio.sleep(DAY)

    run(main)

    assert said == ["step", "step"]


def steps_of_a_crash(*, cleared_away: bool) -> tuple[int, list[str]]:
    """How many steps a run takes in which a process dies, and who is told in which order."""
    told: list[str] = []
    life = Life("doomed")

    @asynccontextmanager
    async def opened(name: str) -> AsyncIterator[None]:
        try:
            yield
        finally:
            told.append(name)
            await asyncio.sleep(0)

    async def main() -> None:
        for name in "abcdefgh":

            async def work(name: str = name) -> None:
                turn = opened(name)
                # A cycle, as errors make them: only the collector clears it away.
                vars(turn)["itself"] = turn
                async with turn:
                    await asyncio.sleep(2)

            begin(life, work)
        await asyncio.sleep(1)
        life.end()
        await asyncio.sleep(5)
        if cleared_away:
            gc.collect()
        await asyncio.sleep(5)

    gc.disable()
    try:
        loop = run(main)
    finally:
        gc.enable()
    return loop.steps, told


def test_no_step_comes_of_what_python_clears_away__regression() -> None:
    """When that is depends on all that ran before in the same interpreter: seeds would not repeat."""
    at_once, never = (steps_of_a_crash(cleared_away=cleared) for cleared in (True, False))

    assert at_once == never
    assert [*"abcdefgh"] == never[1]


def test_a_process_may_die_before_any_of_its_steps() -> None:
    """The step is chosen; everything before it ran, nothing after it."""
    reached = set()

    async def count_until(dies_at: int) -> int:
        life = Life("doomed")
        life.dies_at = dies_at
        steps = 0

        async def work() -> None:
            nonlocal steps
            while True:
                steps += 1
                await asyncio.sleep(1)

        begin(life, work)
        await asyncio.sleep(1000)
        assert life.dead
        return steps

    async def main() -> None:
        for dies_at in range(1, 10):
            reached.add(await count_until(dies_at))

    run(main)

    assert len(reached) > 4


def test_those_connected_to_a_process_notice_its_death() -> None:
    """Whoever asked to be told is told, once."""
    told: list[str] = []
    life = Life("doomed")
    life.on_death(lambda: told.append("lost"))
    life.on_death(lambda: told.append("never"))()

    life.end()
    life.end()

    assert told == ["lost"]


def test_streams_of_chance_do_not_disturb_each_other() -> None:
    """One more draw in one place changes nothing in another; a seed always draws the same."""
    one, other = Chance(7).stream("a"), Chance(7).stream("b")
    expected = [other.fraction() for _ in range(5)]
    again = Chance(7)
    again.stream("a").fraction()
    fresh = again.stream("b")

    assert [fresh.fraction() for _ in range(5)] == expected
    assert [one.fraction() for _ in range(5)] != expected
