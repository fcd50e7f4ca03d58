"""What is owed is delivered once, in order, and only while it may go; on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application import deliver_outbox
from gateway.application.deliver_outbox import LEASE, DeliverOutbox
from gateway.application.deliverer import Delivered, Deliverer, Dropped, Later, Redirected, Result, Verdict
from gateway.application.essentials import Essentials
from gateway.application.ports.database import OutboxRow, UnitOfWork
from gateway.domain.errors import TOO_LATE, AlreadyRecorded, DeliveryFailed, FailureFacts, Unavailable
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.retry import RetryPolicy
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics

KIND = OutboxKind.CORE_STORE
MINUTE = timedelta(minutes=1)


@dataclass
class ScriptedDeliverer(Deliverer):
    """Does as it is told, and keeps what it was asked."""

    results: dict[str, Result | Exception] = field(default_factory=dict)
    withholds: dict[str, Verdict] = field(default_factory=dict)
    repeat_unknown: bool = True
    repeats_are_harmless: bool = True
    asked: list[list[str]] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)

    async def judge(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], now: datetime
    ) -> Mapping[OutboxId, Verdict]:
        """As scripted by key."""
        del work, now
        self.asked.append([c.entry.key for c in claimed])
        return {c.outbox_id: self.withholds[c.entry.key] for c in claimed if c.entry.key in self.withholds}

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """As scripted by key; else it arrives."""
        self.delivered.append(claimed.entry.key)
        result = self.results.get(claimed.entry.key, Delivered())
        if isinstance(result, Exception):
            raise result
        return result

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:
        """One policy for all."""
        del claimed
        return RetryPolicy(
            first_wait=MINUTE,
            longest_wait=MINUTE,
            give_up_after=None,
            repeat_unknown=self.repeat_unknown,
        )


@dataclass
class Bench:
    """Something to deliver with, and a look at what became of it."""

    deliver: DeliverOutbox
    deliverer: ScriptedDeliverer
    database: SqlDatabase
    clock: MovableClock

    async def owe(self, *keys: str, **changes: object) -> None:
        """Queue entries that are due now."""
        now = self.clock.now()
        plain = OutboxEntry(kind=KIND, key="", payload={}, due_at=now, created_at=now)
        async with self.database.transaction() as work:
            await work.outbox.add([replace(plain, key=key, **changes) for key in keys])  # type: ignore[arg-type]  # a test's shorthand

    async def turn(self, limit: int = 10) -> None:
        """Claim and deliver once."""
        for claimed in (await self.deliver.claim(limit)).wanted:
            await self.deliver.deliver(claimed)

    async def rows(self, state: OutboxState) -> dict[str, OutboxRow]:
        """What is in that state, by key."""
        async with self.database.reading() as work:
            return {row.key: row for row in await work.inspection.rows(state, None, 100)}


@pytest.fixture
def bench(timed_database: SqlDatabase, clock: MovableClock) -> Bench:
    deliverer = ScriptedDeliverer()
    essentials = Essentials(timed_database, clock, Rules(), Metrics())
    return Bench(DeliverOutbox(essentials, KIND, deliverer, lambda: 0.0), deliverer, timed_database, clock)


async def test_what_is_withheld_is_settled_with_the_claim(bench: Bench) -> None:
    """One question for all that is claimed; what must not go never reaches the deliverer."""
    tomorrow = bench.clock.now() + timedelta(days=1)
    bench.deliverer.withholds = {"b": Dropped("opted out"), "c": Later(tomorrow, "quiet hours")}
    await bench.owe("a", "b", "c")

    claim = await bench.deliver.claim(10)

    assert bench.deliverer.asked == [["a", "b", "c"]]
    assert [c.entry.key for c in claim.wanted] == ["a"]
    assert (await bench.rows(OutboxState.DROPPED))["b"].last_error == "opted out"
    later = (await bench.rows(OutboxState.PENDING))["c"]
    assert (later.due_at, later.last_error) == (tomorrow, "quiet hours")


async def test_what_was_withheld_for_later_goes_then(bench: Bench) -> None:
    """It is no interrupted try: it goes even where an unknown outcome is never risked again."""
    bench.deliverer.repeat_unknown = False
    bench.deliverer.withholds = {"a": Later(bench.clock.now() + MINUTE, "quiet hours")}
    await bench.owe("a")
    await bench.turn()
    bench.deliverer.withholds = {}
    bench.clock.advance(MINUTE)

    await bench.turn()

    assert bench.deliverer.delivered == ["a"]
    assert "a" in await bench.rows(OutboxState.DONE)


async def test_a_claim_tells_whether_more_may_be_due(bench: Bench) -> None:
    """Full as long as it brings as many as were asked for, also when none of them is wanted."""
    bench.deliverer.withholds = {key: Dropped("opted out") for key in "abc"}
    await bench.owe(*"abc")

    claims = [await bench.deliver.claim(2), await bench.deliver.claim(2)]

    assert [(len(c.wanted), c.is_full) for c in claims] == [(0, True), (0, False)]


async def test_a_claim_tells_when_the_next_is_due(bench: Bench) -> None:
    """What is under way is next when its lease ends; what is withheld, when it was put off to."""
    now = bench.clock.now()
    soon = now + LEASE / 2
    bench.deliverer.withholds = {"b": Later(soon, "quiet hours")}
    assert (await bench.deliver.claim(2)).next_due_at is None

    await bench.owe("a")
    of_one = await bench.deliver.claim(2)
    await bench.owe("b")
    of_two = await bench.deliver.claim(2)

    assert of_one.next_due_at is not None
    assert of_one.next_due_at >= now + LEASE
    assert of_two.next_due_at == soon


async def test_what_comes_too_late_is_dropped(bench: Bench) -> None:
    """Past its time an entry is dropped, and nobody is asked about it."""
    await bench.owe("a", expires_at=bench.clock.now() + MINUTE)
    bench.clock.advance(2 * MINUTE)

    await bench.turn()

    assert bench.deliverer.asked == []
    assert bench.deliverer.delivered == []
    assert (await bench.rows(OutboxState.DROPPED))["a"].last_error == "too late to be of use"


@pytest.mark.parametrize(("repeat_unknown", "state"), [(True, OutboxState.DONE), (False, OutboxState.DEAD)])
async def test_an_interrupted_try_is_repeated_only_where_that_is_harmless(
    bench: Bench, repeat_unknown: bool, state: OutboxState
) -> None:
    """A worker died between claim and settlement: answers go again, reminders never do."""
    bench.deliverer.repeat_unknown = repeat_unknown
    await bench.owe("a")
    await bench.deliver.claim(1)
    bench.clock.advance(LEASE)

    await bench.turn()

    assert bench.deliverer.delivered == (["a"] if repeat_unknown else [])
    assert "a" in await bench.rows(state)


async def test_who_held_an_interrupted_try_may_still_say_that_it_arrived__regression(bench: Bench) -> None:
    """The database was away for longer than a lease: both that hold the entry are alive when it is back."""
    bench.deliverer.repeats_are_harmless = False
    await bench.owe("a", "b")
    claimed = (await bench.deliver.claim(2)).wanted
    bench.clock.advance(LEASE)

    await bench.turn()
    assert bench.deliverer.delivered == []
    await bench.deliver.deliver(claimed[0])
    bench.clock.advance(MINUTE)
    await bench.turn()

    assert sorted(bench.deliverer.delivered) == ["a", "b"]
    assert set(await bench.rows(OutboxState.DONE)) == {"a", "b"}


async def test_each_result_leads_to_its_state(bench: Bench) -> None:
    """Delivered, dropped, over before its turn, refused for good, failing for now, redirected."""
    now = bench.clock.now()
    bench.deliverer.results = {
        "dropped": Dropped("purged"),
        "late": DeliveryFailed("too late to send", FailureFacts(TOO_LATE, retryable=False)),
        "refused": DeliveryFailed("no such number", FailureFacts("21211", retryable=False)),
        "failing": DeliveryFailed("busy", FailureFacts("503", retryable=True)),
        "redirected": Redirected({"tier": 1}, "mailbox full"),
    }
    await bench.owe("delivered", "also delivered", *bench.deliverer.results)

    await bench.turn()

    assert set(await bench.rows(OutboxState.DONE)) == {"delivered", "also delivered"}
    assert set(await bench.rows(OutboxState.DROPPED)) == {"dropped", "late"}
    assert set(await bench.rows(OutboxState.DEAD)) == {"refused"}
    pending = await bench.rows(OutboxState.PENDING)
    assert set(pending) == {"failing", "redirected"}
    assert pending["failing"].due_at > now
    (redirected,) = (await bench.deliver.claim(10)).wanted
    assert redirected.entry.payload == {"tier": 1}


async def test_the_next_of_an_order_goes_after_the_one_before(bench: Bench) -> None:
    """Entries of one order never overtake each other, whatever is claimed together."""
    await bench.owe("e:1", "e:2", "e:3", order_key="e")

    for _ in range(3):
        await bench.turn()

    assert bench.deliverer.delivered == ["e:1", "e:2", "e:3"]


async def test_a_fault_of_our_own_waits_longer_each_time_and_is_shown(bench: Bench) -> None:
    """What nobody expected is no reason to try again as soon as the lease ends, for ever, unseen."""
    bench.deliverer.results = {"a": LookupError("13800138000")}
    await bench.owe("a")
    await bench.turn()

    row = (await bench.rows(OutboxState.PENDING))["a"]
    assert row.due_at > bench.clock.now() + LEASE
    assert row.last_error == "a fault of the gateway's own: LookupError; its log tells more"


async def test_a_fault_of_our_own_may_have_come_after_the_sending(bench: Bench) -> None:
    """Where nothing may go twice, it is left to a person."""
    bench.deliverer.repeat_unknown = False
    bench.deliverer.results = {"a": LookupError("after sending")}
    await bench.owe("a")
    await bench.turn()

    assert "a" in await bench.rows(OutboxState.DEAD)


async def test_without_a_database_nothing_is_said_of_an_entry(bench: Bench) -> None:
    """It falls due again with its lease: that the database went says nothing of the delivery."""
    bench.deliverer.results = {"a": Unavailable("gone")}
    await bench.owe("a")

    with pytest.raises(Unavailable):
        await bench.turn()
    assert (await bench.rows(OutboxState.PENDING))["a"].last_error == ""


@pytest.mark.parametrize("fault", [Unavailable("gone"), AlreadyRecorded("another was in the way")])
async def test_what_has_left_is_settled_when_the_database_lets_us__regression(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """Settling is tried until it is done, also when the lease has passed on: nothing leaves a second time.

    Also where the database undid it twice for the sake of others who waited for the same rows.
    """
    monkeypatch.setattr(deliver_outbox, "_NEXT_SETTLING_SECONDS", 0.0)
    await bench.owe("a")
    (claimed,) = (await bench.deliver.claim(10)).wanted
    open_transaction, refusals = bench.database.transaction, iter(range(3))

    def gone_for_a_while() -> AbstractAsyncContextManager[UnitOfWork]:
        if next(refusals, None) is not None:
            raise fault
        return open_transaction()

    monkeypatch.setattr(bench.database, "transaction", gone_for_a_while)
    bench.clock.advance(2 * LEASE)
    await bench.deliver.deliver(claimed)

    assert next(refusals, None) is None
    assert "a" in await bench.rows(OutboxState.DONE)
    await bench.turn()
    assert bench.deliverer.delivered == ["a"]
