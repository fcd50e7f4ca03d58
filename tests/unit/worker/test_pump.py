"""The pump keeps its hands busy, sleeps when nothing can be done, and leaves nothing behind on stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import outbox
from gateway.application.deliver_outbox import Claim, DeliverOutbox
from gateway.application.deliverer import Delivered, Deliverer, Later, Result
from gateway.application.essentials import Essentials
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.retry import RetryPolicy
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from gateway.worker.pump import HELD_SECONDS, DeliveryPump

KIND = OutboxKind.CORE_STORE
HANDS = 4
PATIENCE = 60


class GatedDeliverer(Deliverer):
    """Delivers what the gate lets through, and counts who stands before it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrival = asyncio.Condition()
        self.begun: list[str] = []
        self.delivered: list[str] = []
        self.most_at_once = 0
        self._postponed: dict[str, timedelta] = {}

    def postpone_once(self, key: str, by: timedelta) -> None:
        """Let the first try of this entry end in a later one."""
        self._postponed[key] = by

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Wait for the gate."""
        self.begun.append(claimed.entry.key)
        self.most_at_once = max(self.most_at_once, len(self.begun) - len(self.delivered))
        async with self.arrival:
            self.arrival.notify_all()
        await self.gate.wait()
        if claimed.entry.key in self._postponed:
            return Later(claimed.entry.due_at + self._postponed.pop(claimed.entry.key), "asked to wait")
        self.delivered.append(claimed.entry.key)
        return Delivered()

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:
        """Never risk anything twice."""
        del claimed
        second = timedelta(seconds=1)
        return RetryPolicy(first_wait=second, longest_wait=second, give_up_after=second, repeat_unknown=False)


class WatchedOutbox(DeliverOutbox):
    """Counts claims; tells when one has been committed, and when nothing more was due."""

    claims = 0
    after_claim: Callable[[], Awaitable[None]] | None = None

    def __init__(self, essentials: Essentials, kind: OutboxKind, deliverer: Deliverer) -> None:
        super().__init__(essentials, kind, deliverer, lambda: 0.0)
        self.claimed_all = asyncio.Event()

    async def claim(self, limit: int) -> Claim:
        """Claim, and count it."""
        self.claims += 1
        claim = await super().claim(limit)
        if claim.wanted and not claim.is_full:
            self.claimed_all.set()
        if self.after_claim is not None:
            await self.after_claim()
        return claim


class Rig:
    """A pump with its surroundings."""

    def __init__(self, database: SqlDatabase, clock: MovableClock, wakeups: InProcessWakeups) -> None:
        self.database = database
        self.clock = clock
        self.wakeups = wakeups
        self.deliverer = GatedDeliverer()
        essentials = Essentials(database, clock, Rules(), Metrics())
        self.outbox = WatchedOutbox(essentials, KIND, self.deliverer)
        # Polling would hide a lost wake-up: this pump would notice an hour later.
        self.pump = DeliveryPump(self.outbox, wakeups, clock, hands=HANDS, poll_seconds=3600)

    async def owe(self, *keys: str, order_key: str | None = None) -> None:
        """Queue entries that are due now."""
        now = self.clock.now()
        async with self.database.transaction() as work:
            await work.outbox.add(
                [
                    OutboxEntry(
                        kind=KIND, key=key, payload={}, due_at=now, created_at=now, order_key=order_key
                    )
                    for key in keys
                ]
            )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        """The pump at work; leaving opens the gate, stops it and waits for what is under way."""
        task = asyncio.create_task(self.pump.run())
        try:
            async with asyncio.timeout(PATIENCE):
                yield task
        finally:
            self.deliverer.gate.set()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self.pump.drain()

    async def settled(self, count: int) -> None:
        """Return once so many entries are done."""
        while True:
            async with self.database.reading() as work:
                done = await work.inspection.rows(OutboxState.DONE, None, 1000)
            if len(done) >= count:
                return
            await asyncio.sleep(0)

    async def begun(self, count: int) -> None:
        """Return once so many deliveries stand before the gate."""
        async with self.deliverer.arrival:
            await self.deliverer.arrival.wait_for(lambda: len(self.deliverer.begun) >= count)


@pytest.fixture
def rig(database: SqlDatabase, clock: MovableClock, wakeups: InProcessWakeups) -> Rig:
    return Rig(database, clock, wakeups)


async def test_a_backlog_is_worked_off_by_no_more_hands_than_there_are(rig: Rig) -> None:
    """Everything arrives once, and never more at once than hands."""
    keys = [f"k:{number:02}" for number in range(30)]
    await rig.owe(*keys)

    async with rig.running():
        await rig.settled(len(keys))

    assert sorted(rig.deliverer.delivered) == keys
    assert rig.deliverer.most_at_once <= HANDS


async def test_only_what_is_begun_is_claimed(rig: Rig) -> None:
    """However much is owed, a crash leaves no more in doubt than was really under way."""
    rig.deliverer.gate.clear()
    await rig.owe(*(f"k:{number}" for number in range(20)))

    async with rig.running():
        await rig.begun(HANDS)
        async with rig.database.reading() as work:
            tried = [row for row in await work.inspection.rows(OutboxState.PENDING, None, 99) if row.attempts]

        assert len(tried) == HANDS
        assert len(rig.deliverer.begun) == HANDS


async def test_what_waits_behind_another_is_not_asked_for_again_and_again(rig: Rig) -> None:
    """While the first of an order is on its way the pump sleeps; its settlement wakes it for the second."""
    rig.deliverer.gate.clear()
    await rig.owe("e:1", "e:2", order_key="e")

    async with rig.running():
        await rig.begun(1)
        for _ in range(50):
            async with rig.database.reading() as work:
                next_at = await work.outbox.next_due_at(KIND, rig.clock.now())
            assert next_at is not None
            assert next_at > rig.clock.now()
        assert rig.outbox.claims <= 2
        rig.deliverer.gate.set()
        await rig.settled(2)

    assert rig.deliverer.delivered == ["e:1", "e:2"]


async def test_what_waits_behind_a_dead_entry_lets_the_pump_sleep(rig: Rig) -> None:
    """A dead letter blocks its order, perhaps for days, and costs nothing meanwhile."""
    await rig.owe("e:1", "e:2", order_key="e")
    (first,) = (await rig.outbox.claim(1)).wanted
    async with rig.database.transaction() as work:
        await work.outbox.settle([first], OutboxState.DEAD, rig.clock.now(), "refused")

    async with rig.running():
        await rig.owe("other")
        await rig.settled(1)
        claims = rig.outbox.claims
        for _ in range(50):
            async with rig.database.reading() as work:
                await work.outbox.next_due_at(KIND, rig.clock.now())

    assert rig.outbox.claims <= claims + 1
    assert rig.deliverer.delivered == ["other"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_another_transaction_holds_is_asked_for_with_pauses__regression(rig: Rig) -> None:
    """It is due and cannot be had: the pump rests between two tries, and has it once it is let go."""
    await rig.owe("a")
    loop = asyncio.get_running_loop()

    async with rig.database.engine.begin() as another:
        await another.execute(select(outbox).with_for_update())
        begun = loop.time()
        async with rig.running():
            for _ in range(50):
                async with rig.database.reading() as work:
                    await work.outbox.next_due_at(KIND, rig.clock.now())
            rests = (loop.time() - begun) / HELD_SECONDS
            # One for each rest; the first, and one for the bell of what is owed.
            assert rig.outbox.claims <= rests + 2
            await another.rollback()
            await rig.settled(1)

    assert rig.deliverer.delivered == ["a"]


async def test_a_stop_amid_a_claim_still_delivers_what_was_claimed(rig: Rig) -> None:
    """Nothing stays held by a worker that has gone: a reminder would be given up for it."""
    claimed, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        claimed.set()
        await go_on.wait()

    rig.outbox.after_claim = hold
    await rig.owe("a", "b")

    async with rig.running() as task:
        await claimed.wait()
        task.cancel()
        await asyncio.wait([task])
        rig.outbox.after_claim = None
        go_on.set()
        await rig.pump.drain()

    assert sorted(rig.deliverer.delivered) == ["a", "b"]
    async with rig.database.reading() as work:
        assert len(await work.inspection.rows(OutboxState.DONE, None, 9)) == 2


async def test_a_postponed_entry_goes_at_its_time_without_a_poll(rig: Rig) -> None:
    """Who postpones wakes the pump, which then knows when to look."""
    rig.deliverer.postpone_once("a", timedelta(milliseconds=1))
    rig.deliverer.gate.clear()
    await rig.owe("a")
    await rig.wakeups.wait(KIND.value, PATIENCE)  # the bell that queueing rang

    async with rig.running():
        await rig.outbox.claimed_all.wait()
        rig.deliverer.gate.set()
        await rig.settled(1)

    assert rig.deliverer.begun == ["a", "a"]


async def test_a_clock_that_leaps_takes_nothing_out_of_our_own_hands(rig: Rig) -> None:
    """A machine that was paused, or a demonstration that skips a day: what is at work is not begun again."""
    rig.deliverer.gate.clear()
    await rig.owe("a")
    async with rig.running():
        await rig.begun(1)
        rig.clock.advance(timedelta(hours=1))
        await rig.owe("b")
        await rig.begun(2)
        rig.deliverer.gate.set()
        await rig.settled(2)

    assert rig.deliverer.begun == ["a", "b"]


async def test_what_is_abandoned_is_left_as_a_kill_would_leave_it(rig: Rig) -> None:
    """Nothing is settled, nothing goes on, and whoever comes once the lease has ended takes it over."""
    rig.deliverer.gate.clear()
    await rig.owe("a")

    async with rig.running() as task:
        await rig.begun(1)
        task.cancel()
        await asyncio.wait([task])
        await rig.pump.abandon()

    assert rig.pump.under_way == 0
    assert rig.deliverer.delivered == []
    async with rig.database.reading() as work:
        (row,) = await work.inspection.rows(OutboxState.PENDING, None, 9)
        assert row.attempts == 1
