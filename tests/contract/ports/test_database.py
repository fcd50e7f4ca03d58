"""The port `Database`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import metadata
from gateway.application.ports.database import Chosen, IncomingMessage, Standing
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.ids import MessageId
from gateway.domain.outbox import CarrierTry, ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus

PHONE = PhoneNumber("+8613800138000")
OTHER = PhoneNumber("+8613900139000")
LEASE = timedelta(minutes=2)
PATIENCE = 60


def entry(now: datetime, key: str = "e:1", **changes: object) -> OutboxEntry:
    plain = OutboxEntry(
        kind=OutboxKind.CORE_STORE, key=key, payload={"n": 1}, due_at=now, created_at=now, order_key="e"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # a test's shorthand


async def owe(database: SqlDatabase, *entries: OutboxEntry) -> None:
    async with database.transaction() as work:
        await work.outbox.add(entries)


async def claim(database: SqlDatabase, now: datetime, limit: int = 10) -> list[ClaimedEntry]:
    async with database.transaction() as work:
        return await work.outbox.claim(OutboxKind.CORE_STORE, now, LEASE, limit)


async def test_a_failed_block_leaves_no_trace(database: SqlDatabase, clock: MovableClock) -> None:
    """Nothing of a transaction stays when its block raises."""
    with pytest.raises(LookupError):
        async with database.transaction() as work:
            await work.outbox.add([entry(clock.now())])
            raise LookupError

    assert await claim(database, clock.now()) == []


async def test_a_commit_rings_the_bell_of_what_it_made_due(
    database: SqlDatabase, clock: MovableClock, wakeups: InProcessWakeups
) -> None:
    """The worker of that kind wakes; without a commit nobody does."""
    await owe(database, entry(clock.now()))

    async with asyncio.timeout(PATIENCE):
        await wakeups.wait(OutboxKind.CORE_STORE.value, 60)


async def test_a_key_is_owed_once(database: SqlDatabase, clock: MovableClock) -> None:
    """Owing it again changes nothing."""
    await owe(database, entry(clock.now()))
    await owe(database, entry(clock.now(), payload={"n": 2}), entry(clock.now(), "e:2", order_key=None))

    claimed = await claim(database, clock.now())

    assert [(c.entry.key, c.entry.payload) for c in claimed] == [("e:1", {"n": 1}), ("e:2", {"n": 1})]


async def test_entries_of_one_order_are_claimed_one_after_the_other(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """The second revision waits until the first is settled, also when the first is dead."""
    now = clock.now()
    await owe(database, entry(now, "e:1"), entry(now, "e:2"), entry(now, "f:1", order_key="f"))

    first = await claim(database, now)
    assert [c.entry.key for c in first] == ["e:1", "f:1"]

    async with database.transaction() as work:
        await work.outbox.settle(first[:1], OutboxState.DEAD, now, "refused")
    assert await claim(database, now) == []

    async with database.transaction() as work:
        assert await work.inspection.revive(Chosen(), now) == 1
    again = await claim(database, now)
    async with database.transaction() as work:
        await work.outbox.settle(again, OutboxState.DONE, now, "")
    assert [c.entry.key for c in again] == ["e:1"]
    assert [c.entry.key for c in await claim(database, now)] == ["e:2"]


async def test_a_claim_is_exclusive_until_its_lease_ends(
    timed_database: SqlDatabase, clock: MovableClock
) -> None:
    """A worker that died gives its entry back by itself; the next one knows that it was interrupted."""
    await owe(timed_database, entry(clock.now()))

    (first,) = await claim(timed_database, clock.now())
    clock.advance(LEASE - timedelta(seconds=60))
    assert await claim(timed_database, clock.now()) == []
    clock.advance(timedelta(seconds=60))
    (second,) = await claim(timed_database, clock.now())

    assert (first.attempt, first.interrupted) == (1, False)
    assert (second.attempt, second.interrupted) == (2, True)


async def test_a_renewed_lease_holds_longer(timed_database: SqlDatabase, clock: MovableClock) -> None:
    """A delivery that takes its time is not handed to a second worker."""
    await owe(timed_database, entry(clock.now()))
    held = await claim(timed_database, clock.now())

    clock.advance(LEASE / 2)
    async with timed_database.transaction() as work:
        await work.outbox.renew(held, clock.now(), LEASE)

    clock.advance(LEASE / 2)
    assert await claim(timed_database, clock.now()) == []
    clock.advance(LEASE / 2)
    assert len(await claim(timed_database, clock.now())) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_renewing_waits_for_nobody_who_settles__regression(
    timed_database: SqlDatabase, clock: MovableClock
) -> None:
    """Two that lock the same entries in different orders would each wait for the other."""
    await owe(timed_database, *(entry(clock.now(), f"e:{n}", order_key=f"o:{n}") for n in range(2)))
    one, two = await claim(timed_database, clock.now())
    clock.advance(LEASE / 2)

    async with timed_database.transaction() as settling:
        await settling.outbox.settle([two], OutboxState.DONE, clock.now(), "")
        async with timed_database.transaction() as renewing:
            await renewing.outbox.renew([one, two], clock.now(), LEASE)
        # Renewed by now: settling it too waits for nobody either.
        await settling.outbox.postpone(one, clock.now() + LEASE, why="busy")

    assert await claim(timed_database, clock.now()) == []
    clock.advance(LEASE)
    assert [again.outbox_id for again in await claim(timed_database, clock.now())] == [one.outbox_id]


@pytest.mark.parametrize("given_up", [False, True])
async def test_what_was_delivered_is_done_whoever_holds_it(
    timed_database: SqlDatabase, clock: MovableClock, *, given_up: bool
) -> None:
    """A late worker's success is a fact, and the other's word counts no more; also for what was given up."""
    database, now = timed_database, clock.now()
    await owe(database, entry(now))
    (slow,) = await claim(database, now)
    clock.advance(LEASE)
    (quick,) = await claim(database, clock.now())

    async with database.transaction() as work:
        if given_up:
            await work.outbox.settle([quick], OutboxState.DEAD, now, "refused")
        await work.outbox.settle([slow], OutboxState.DONE, now, "")
        await work.outbox.postpone(quick, now, why="late")
        await work.outbox.settle([quick], OutboxState.DEAD, now, "late")

    async with database.reading() as work:
        (row,) = await work.inspection.rows(OutboxState.DONE, None, 10)
    assert row.last_error == ""
    clock.advance(2 * LEASE)
    assert await claim(database, clock.now()) == []


async def test_how_far_an_entry_has_got_is_told_by_its_key(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Of its own kind alone; what is not owed is left out."""
    now = clock.now()
    await owe(
        database, entry(now, "e:1"), entry(now, "f:1", order_key="f"), entry(now, "g:1", due_at=now + LEASE)
    )
    first, second = await claim(database, now)
    async with database.transaction() as work:
        await work.outbox.begin([(first, CarrierTry("demo", "", now)), (second, CarrierTry("demo", "", now))])
        await work.outbox.settle([second], OutboxState.DEAD, now, "refused")

    async with database.reading() as work:
        found = await work.outbox.standing(OutboxKind.CORE_STORE, ["e:1", "f:1", "g:1", "h:1"])
        assert await work.outbox.standing(OutboxKind.SMS, ["e:1"]) == {}

    assert found == {
        "e:1": Standing(OutboxState.PENDING, True, ""),
        "f:1": Standing(OutboxState.DEAD, False, "refused"),
        "g:1": Standing(OutboxState.PENDING, False, ""),
    }


async def test_only_the_holder_of_the_lease_settles(timed_database: SqlDatabase, clock: MovableClock) -> None:
    """That it failed, or is to wait, is ignored from a worker whose lease passed to another."""
    database, now = timed_database, clock.now()
    await owe(database, entry(now))
    (slow,) = await claim(database, now)
    clock.advance(LEASE)
    (quick,) = await claim(database, clock.now())

    async with database.transaction() as work:
        await work.outbox.settle([slow], OutboxState.DEAD, now, "late")
        await work.outbox.postpone(slow, now, why="late")
    assert await claim(database, clock.now()) == []

    async with database.transaction() as work:
        await work.outbox.postpone(quick, now, why="busy", payload={"n": 3})
    (third,) = await claim(database, clock.now())
    assert (third.entry.payload, third.interrupted) == ({"n": 3}, False)


@pytest.mark.parametrize("ahead", [timedelta(seconds=90), timedelta(seconds=-90)])
async def test_leases_hold_whatever_the_nodes_clocks_say__regression(
    database: SqlDatabase, clock: MovableClock, ahead: timedelta
) -> None:
    """Held by a node whose clock is wrong, an entry is taken by no other, nor asked for again and again."""
    now = clock.now()
    await owe(database, entry(now - timedelta(hours=1)))
    held = await claim(database, now + ahead)
    for _ in range(2):
        async with database.transaction() as work:
            assert await work.outbox.claim(OutboxKind.CORE_STORE, now + 2 * LEASE, LEASE, 10) == []
            assert await work.outbox.next_due_at(OutboxKind.CORE_STORE, now + 2 * LEASE) is None
            await work.outbox.renew(held, now + ahead, LEASE)


async def test_leases_end_by_the_databases_own_clock(database: SqlDatabase, clock: MovableClock) -> None:
    """Without anybody's word: the next look after that takes the entry over."""
    now = clock.now()
    await owe(database, entry(now))
    async with database.transaction() as work:
        await work.outbox.claim(OutboxKind.CORE_STORE, now, timedelta(milliseconds=50), 10)

    async with asyncio.timeout(PATIENCE):
        while not (taken := await claim(database, now + LEASE)):  # noqa: ASYNC110 - the database's clock runs
            await asyncio.sleep(0.01)
    assert [c.interrupted for c in taken] == [True]


async def test_concurrent_claims_never_overlap(database: SqlDatabase, clock: MovableClock) -> None:
    """Two workers at once share the entries out."""
    now = clock.now()
    await owe(database, *(entry(now, f"k:{n}", order_key=None) for n in range(20)))

    claims = await asyncio.gather(*(claim(database, now, 7) for _ in range(4)))

    keys = [c.entry.key for batch in claims for c in batch]
    assert sorted(keys) == sorted({f"k:{n}" for n in range(20)})


async def test_hastening_moves_only_what_waits_untried(database: SqlDatabase, clock: MovableClock) -> None:
    """An email that waits for its reason goes at once; a delivery under way keeps its lease."""
    now = clock.now()
    later = now + timedelta(hours=1)
    await owe(database, entry(now, "x", due_at=later, order_key=None), entry(now, "y", order_key=None))
    (claimed,) = await claim(database, now)

    async with database.transaction() as work:
        await work.outbox.hasten(OutboxKind.CORE_STORE, ["x", "y"], now)

    assert claimed.entry.key == "y"
    assert [c.entry.key for c in await claim(database, now)] == ["x"]


@pytest.mark.requirement("R-18")
async def test_what_waits_behind_another_is_not_next(database: SqlDatabase, clock: MovableClock) -> None:
    """The next due is what can be claimed then: the second of an order is not, whatever holds the first."""
    now = clock.now()
    await owe(database, entry(now, "e:1"), entry(now, "e:2"))
    (first,) = await claim(database, now)

    async with database.reading() as work:
        assert await work.outbox.next_due_at(OutboxKind.CORE_STORE, now) == now + LEASE
    async with database.transaction() as work:
        await work.outbox.settle([first], OutboxState.DEAD, now, "refused")
    async with database.reading() as work:
        assert await work.outbox.next_due_at(OutboxKind.CORE_STORE, now) is None


@pytest.mark.parametrize("state", [OutboxState.DONE, OutboxState.DROPPED])
async def test_settling_wakes_the_worker_of_what_waited_behind(
    database: SqlDatabase, clock: MovableClock, state: OutboxState
) -> None:
    """It can be claimed from that commit on."""
    now = clock.now()
    await owe(database, entry(now, "e:1"), entry(now, "e:2"))
    (first,) = await claim(database, now)

    async with database.transaction() as work:
        await work.outbox.settle([first], state, now, "")

    assert work.outbox.owed == {OutboxKind.CORE_STORE}


async def test_settling_wakes_nobody_where_nothing_waited(database: SqlDatabase, clock: MovableClock) -> None:
    """The usual case costs no empty claim; nor does a dead entry, which goes on blocking."""
    now = clock.now()
    await owe(database, entry(now, "e:1"), entry(now, "f:1", order_key="f"), entry(now, "f:2", order_key="f"))
    alone, blocking = await claim(database, now)

    async with database.transaction() as work:
        await work.outbox.settle([alone], OutboxState.DONE, now, "")
        await work.outbox.settle([blocking], OutboxState.DEAD, now, "refused")

    assert work.outbox.owed == set()


async def test_the_number_of_an_entry_is_sealed_at_rest(database: SqlDatabase, clock: MovableClock) -> None:
    """It comes back to the worker, and stands nowhere in the tables."""
    await owe(database, entry(clock.now(), phone=PHONE))

    (claimed,) = await claim(database, clock.now())
    assert claimed.entry.phone == PHONE
    async with database.reading_engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = (await connection.execute(table.select())).all()
            assert "13800138000" not in str(rows)


async def test_a_text_is_taken_once(database: SqlDatabase, clock: MovableClock) -> None:
    """The same message id again is refused by the table itself."""
    message = IncomingMessage(
        message_id=MessageId("demo:1"),
        sender=PHONE,
        line="12345",
        body="5",
        received_at=clock.now(),
        outcome="rating",
        rule="head_digit",
        invitation_id=None,
        match_reason="",
        candidates=(),
        evaluation_id=None,
    )
    async with database.transaction() as work:
        await work.messages.add_incoming(message)

    with pytest.raises(AlreadyRecorded):
        async with database.transaction() as work:
            await work.messages.add_incoming(message)
    async with database.reading() as work:
        assert await work.messages.is_known(message.message_id)


async def test_receipts_merge_forward_in_any_order(database: SqlDatabase, clock: MovableClock) -> None:
    """A receipt that overtakes the carrier's answer, or comes late, loses nothing."""
    for status in (DeliveryStatus.DELIVERED, DeliveryStatus.SENT):
        async with database.transaction() as work:
            await work.messages.keep_receipt("demo", "m1", status, "", clock.now())

    async with database.transaction() as work:
        assert await work.messages.receipt("demo", "m1") is DeliveryStatus.DELIVERED


async def test_the_opt_out_ledger_begins_and_ends(database: SqlDatabase, clock: MovableClock) -> None:
    """Twice out is once out; ended, it may begin anew."""
    steps = []
    for call in ("begin", "begin", "end", "end", "begin"):
        begun_at = clock.now()
        async with database.transaction() as work:
            if call == "begin":
                steps.append(await work.opt_outs.begin(PHONE, "退订", begun_at))
            else:
                steps.append(await work.opt_outs.end(PHONE, clock.now()))

    async with database.reading() as work:
        assert await work.opt_outs.are_out([PHONE, OTHER]) == {PHONE}
        assert [await work.opt_outs.since(phone) for phone in (PHONE, OTHER)] == [begun_at, None]
    assert steps == [True, False, True, False, True]


async def test_a_stranger_is_answered_once(database: SqlDatabase, clock: MovableClock) -> None:
    """Whoever has no open invitation gets one polite answer, not one for each text."""
    answers = []
    for phone in (PHONE, PHONE, OTHER):
        async with database.transaction() as work:
            answers.append(await work.messages.first_answer_to_stranger(phone, clock.now()))

    assert answers == [True, False, True]


async def test_a_cancelled_transaction_does_not_keep_the_lock__regression(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Stopped while it begins, works or commits: the next transaction goes on at once."""

    async def write(number: int) -> None:
        async with database.transaction() as work:
            await work.outbox.add([entry(clock.now(), f"c:{number}", order_key=None)])

    for number in range(40):
        task = asyncio.create_task(write(number))
        for _ in range(number % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with asyncio.timeout(PATIENCE):
        await write(99)
