"""Calls are made by one sender: never more at once than allowed, never once more because of a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.deliver_call import DeliverCall
from gateway.application.deliver_outbox import LEASE, DeliverOutbox
from gateway.application.deliverer import Dropped, Later
from gateway.application.essentials import Essentials
from gateway.application.ports.call_carrier import OutgoingCall
from gateway.domain.call_plan import CallOutcome, CallPlan
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.ids import CallId
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.pace import Rate
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import QuietHours, Rules
from gateway.domain.services import ServiceKind
from gateway.telemetry.metrics import Metrics

PLAN = CallPlan(
    kinds=frozenset({ServiceKind.WINDOW}),
    after=timedelta(hours=2),
    closed=QuietHours(time(20), time(9)),
    tries=2,
    wait=timedelta(hours=1),
    wait_busy=timedelta(minutes=30),
)
RATE = Rate(1000, 100, starts_full=True)
AWAY = DeliveryFailed("away", FailureFacts("unreachable", retryable=True))


@dataclass
class Exchange:
    """A telephone exchange in memory (`CallCarrier`)."""

    name: str = "exchange"
    caller_id: str = "+8675512345"
    placed: list[OutgoingCall] = field(default_factory=list)
    outcomes: dict[str, CallOutcome] = field(default_factory=dict)
    away: bool = False
    forgets: bool = False

    def arrival_of(self, call_id: str) -> CallId:
        """As it would come in."""
        return CallId(f"exchange:{call_id}")

    async def place(self, call: OutgoingCall) -> str:
        """It rings."""
        await asyncio.sleep(0)
        self.placed.append(call)
        return call.reference

    async def find(self, call: OutgoingCall, begun_at: datetime) -> str | None:
        """Known by its reference."""
        del begun_at
        known = [each.reference for each in self.placed]
        return call.reference if call.reference in known and not self.forgets else None

    async def outcome(self, call_id: str) -> CallOutcome:
        """As a test says, else it rings still."""
        if self.away:
            raise AWAY
        return self.outcomes.get(call_id, CallOutcome.ONGOING)


@dataclass
class Bureau:
    """Several workers that share an exchange and a database."""

    database: SqlDatabase
    clock: MovableClock
    exchange: Exchange
    workers: list[DeliverOutbox]

    async def owe(self, *names: str) -> None:
        """Calls that are due, each to another person."""
        now = self.clock.now()
        entries = [
            OutboxEntry(
                kind=OutboxKind.CALL,
                key=f"call:{name}",
                payload={
                    "invitation_id": name,
                    "service_id": name,
                    "visit_no": 1,
                    "timezone": "Asia/Shanghai",
                },
                due_at=now,
                created_at=now,
                order_key=f"call:person-{name}",
                expires_at=now + timedelta(hours=8),
                phone=PhoneNumber(f"+86138{number:08d}"),
            )
            for number, name in enumerate(names)
        ]
        async with self.database.transaction() as work:
            await work.outbox.add(entries)

    async def conclude(self, name: str, *made: str) -> None:
        """Earlier calls that came to this, as a release wrote it down that may be newer."""
        async with self.database.transaction() as work:
            (claimed,) = await work.outbox.claim(OutboxKind.CALL, self.clock.now(), LEASE, 1)
            assert claimed.entry.key == f"call:{name}"
            payload = {**claimed.entry.payload, "made": list(made)}
            await work.outbox.postpone(claimed, self.clock.now(), why="", payload=payload)

    async def work(self, ahead: timedelta = timedelta(0)) -> None:
        """Time passes, and all workers claim at once and deliver."""
        self.clock.advance(ahead)
        claims = await asyncio.gather(*(worker.claim(10) for worker in self.workers))
        for worker, claim in zip(self.workers, claims, strict=True):
            await asyncio.gather(*(worker.deliver(claimed) for claimed in claim.wanted))

    async def begun(self) -> Sequence[ClaimedEntry]:
        """Claimed and put on record by a worker that dies before or after placing it."""
        return (await self.workers[0].claim(10)).wanted

    async def states(self) -> dict[str, str]:
        """Last word by state, of entries that are settled."""
        async with self.database.reading() as work:
            found = {
                state.value: await work.inspection.rows(state, "call", 10)
                for state in (OutboxState.DONE, OutboxState.DROPPED, OutboxState.DEAD)
            }
        return {state: rows[0].last_error for state, rows in found.items() if rows}


@pytest.fixture
def bureau(timed_database: SqlDatabase, clock: MovableClock) -> Bureau:
    """Four workers, and at most three calls at once."""
    exchange, pace = Exchange(), InProcessPace()
    essentials = Essentials(timed_database, clock, Rules(), Metrics())
    deliverers = [DeliverCall(essentials, PLAN, exchange, pace, rate=RATE, most_at_once=3) for _ in range(4)]
    workers = [DeliverOutbox(essentials, OutboxKind.CALL, deliverer, lambda: 0.0) for deliverer in deliverers]
    return Bureau(timed_database, clock, exchange, workers)


async def test_all_nodes_together_keep_to_the_calls_at_once(bureau: Bureau) -> None:
    """Twelve are due, four workers claim in the same moment; another goes when one has ended."""
    await bureau.owe(*(f"p{number}" for number in range(12)))
    for _ in range(4):
        await bureau.work(timedelta(seconds=16))
    assert len(bureau.exchange.placed) == 3

    bureau.exchange.outcomes[bureau.exchange.placed[0].reference] = CallOutcome.REACHED
    for _ in range(3):
        await bureau.work(timedelta(minutes=1))

    assert len(bureau.exchange.placed) == 4


async def test_a_worker_that_dies_before_placing_counts_as_a_try(bureau: Bureau) -> None:
    """Nobody can tell that it did not ring: the plan's next call comes in its time, and no other."""
    await bureau.owe("p")
    assert len(await bureau.begun()) == 1
    await bureau.work(LEASE + timedelta(seconds=1))
    assert bureau.exchange.placed == []

    await bureau.work(timedelta(minutes=61))
    assert [call.reference for call in bureau.exchange.placed] == ["call:p:2"]


async def test_a_worker_that_dies_after_placing_calls_nobody_twice(bureau: Bureau) -> None:
    """The call is found, and what came of it decides."""
    await bureau.owe("p")
    (claimed,) = await bureau.begun()
    reference = f"{claimed.entry.key}:1"
    bureau.exchange.placed.append(
        OutgoingCall(PhoneNumber("+8613800000000"), claimed.entry.payload["service_id"], 1, reference)  # type: ignore[arg-type]
    )
    bureau.exchange.outcomes[reference] = CallOutcome.REACHED
    await bureau.work(LEASE + timedelta(seconds=1))

    assert len(bureau.exchange.placed) == 1
    assert await bureau.states() == {"done": ""}


async def test_what_the_carrier_cannot_tell_for_long_counts_as_a_try(bureau: Bureau) -> None:
    """It is asked again and again while a call can last, and then no more."""
    await bureau.owe("p")
    await bureau.work()
    bureau.exchange.away = True
    for _ in range(20):
        await bureau.work(timedelta(minutes=1))
    assert len(bureau.exchange.placed) == 1

    bureau.exchange.away = False
    await bureau.work(timedelta(minutes=61))
    bureau.exchange.outcomes["call:p:2"] = CallOutcome.NO_ANSWER
    await bureau.work(timedelta(minutes=2))

    assert len(bureau.exchange.placed) == 2
    assert await bureau.states() == {"dropped": "not reached: unknown, no_answer"}


async def test_the_reminder_ends_the_calls(bureau: Bureau) -> None:
    """What waits beyond it is dropped."""
    await bureau.owe("p")
    await bureau.work(timedelta(hours=9))

    assert bureau.exchange.placed == []
    assert await bureau.states() == {"dropped": "too late to be of use"}


async def test_a_process_that_stood_still_places_nothing(bureau: Bureau) -> None:
    """Half a lease after its claim another may have the call."""
    await bureau.owe("p")
    (claimed,) = await bureau.begun()
    bureau.clock.advance(LEASE)
    await bureau.workers[0].deliver(claimed)

    assert bureau.exchange.placed == []


async def test_a_call_that_could_only_come_after_the_reminder_is_not_waited_for(bureau: Bureau) -> None:
    """Nothing else to the same person is held up by it until then."""
    await bureau.owe("p")
    await bureau.work(timedelta(hours=7, minutes=30))
    bureau.exchange.outcomes["call:p:1"] = CallOutcome.NO_ANSWER
    await bureau.work(timedelta(minutes=1))

    assert await bureau.states() == {"dropped": "not reached: no_answer"}


async def test_a_carrier_is_asked_at_once_about_a_call_that_it_named(bureau: Bureau) -> None:
    """One whose placing was never answered it may not know of yet: that takes a moment, as with texts."""
    deliverer = bureau.workers[0]._deliverer
    await bureau.owe("p")
    (claimed,) = await bureau.begun()
    named = replace(claimed, entry=replace(claimed.entry, payload={"call_id": "c"}))

    assert deliverer.first_look(claimed) == timedelta(seconds=5)
    assert deliverer.first_look(named) == timedelta(0)


async def test_an_outcome_of_a_newer_release_holds_up_no_other_call(bureau: Bureau) -> None:
    """It may mean that nobody calls there again: whoever knows it goes on with it, the others go."""
    await bureau.owe("newer")
    await bureau.conclude("newer", "busy", "voicemail")
    await bureau.owe("newer", "p")
    await bureau.work()

    assert [call.reference for call in bureau.exchange.placed] == ["call:p:1"]
    async with bureau.database.reading() as work:
        rows = await work.inspection.rows(OutboxState.PENDING, "call", 9)
    (left,) = (row for row in rows if row.key == "call:newer")
    assert left.last_error == "an outcome in it is one that this release does not know"


async def test_a_call_under_way_with_an_outcome_of_a_newer_release_is_asked_about_by_that(
    bureau: Bureau,
) -> None:
    """What this one would write down of it could make another call."""
    claimed = await _under_way_by_newer(bureau)
    bureau.clock.advance(timedelta(hours=1))

    assert isinstance(await bureau.workers[0]._deliverer.deliver(claimed), Later)


async def test_a_call_under_way_that_only_a_newer_release_knows_ends_with_the_reminder__regression(
    bureau: Bureau,
) -> None:
    """That release was taken back: it holds neither a line nor the person's next call for ever."""
    claimed = await _under_way_by_newer(bureau)
    bureau.clock.advance(timedelta(hours=8, seconds=1))
    await bureau.workers[0].deliver(claimed)

    assert (await bureau.states())["dropped"].startswith("the reminder is due; an outcome in it is one that")
    async with bureau.database.transaction() as work:
        assert await work.outbox.under_way(OutboxKind.CALL) == 0


async def test_such_a_call_is_waited_for_as_long_as_one_may_last(bureau: Bureau) -> None:
    """It was placed right before the reminder: its line is in use still."""
    claimed = await _under_way_by_newer(bureau, timedelta(hours=7, minutes=50))
    bureau.clock.advance(timedelta(minutes=14))
    deliverer = bureau.workers[0]._deliverer

    assert isinstance(await deliverer.deliver(claimed), Later)
    bureau.clock.advance(timedelta(minutes=1))
    assert isinstance(await deliverer.deliver(claimed), Dropped)


async def _under_way_by_newer(bureau: Bureau, ahead: timedelta = timedelta(0)) -> ClaimedEntry:
    """A call that was begun then, after one whose outcome a newer release wrote down."""
    await bureau.owe("p")
    bureau.clock.advance(ahead)
    (claimed,) = await bureau.begun()
    entry = replace(claimed.entry, payload={**claimed.entry.payload, "made": ["voicemail"]})
    return replace(claimed, entry=entry, doubt=claimed.begun, begun=None)
