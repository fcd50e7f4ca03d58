"""The gauges show what the outbox holds, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.essentials import Essentials
from gateway.application.measure_outbox import MeasureOutbox
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.stored_person import Person, store

MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
LEASE = timedelta(minutes=1)
OVERDUE = "haochaping_reminders_overdue_seconds"
GAUGES = ("waiting", "dead", "oldest_age_seconds")


class StoppedClock:
    """Stands still, so that ages come out even."""

    def now(self) -> datetime:
        """Always the same moment."""
        return MORNING


async def owe(database: SqlDatabase, clock: MovableClock, *keys: str) -> None:
    """Emails owed from now on."""
    now = clock.now()
    entries = [
        OutboxEntry(kind=OutboxKind.EMAIL, key=key, payload={}, due_at=now, created_at=now) for key in keys
    ]
    async with database.transaction() as work:
        await work.outbox.add(entries)


async def settle_all(database: SqlDatabase, clock: MovableClock, state: OutboxState) -> None:
    """Whatever is due comes to this."""
    async with database.transaction() as work:
        claimed = await work.outbox.claim(OutboxKind.EMAIL, clock.now(), LEASE, 10)
        await work.outbox.settle(claimed, state, clock.now(), "no such mailbox")


def gauges(metrics: Metrics, kind: str) -> list[float]:
    """What is exposed of a kind: waiting, dead, age of the oldest."""
    shown = dict(line.rsplit(" ", 1) for line in metrics.expose().decode().splitlines())
    return [float(shown[f'haochaping_outbox_{name}{{kind="{kind}"}}']) for name in GAUGES]


async def test_the_gauges_follow_the_outbox(database: SqlDatabase) -> None:
    """Waiting, dead and the oldest's age since it was created, of every kind, and zero once all is done."""
    clock, metrics = MovableClock(None, StoppedClock()), Metrics()
    measure = MeasureOutbox(Essentials(database, clock, Rules(), metrics))

    await measure()
    assert [gauges(metrics, kind.value) for kind in OutboxKind] == [[0, 0, 0]] * len(OutboxKind)

    await owe(database, clock, "refused", "refused too")
    await settle_all(database, clock, OutboxState.DEAD)
    clock.advance(timedelta(hours=1))
    await owe(database, clock, "first")
    clock.advance(timedelta(minutes=5))
    await owe(database, clock, "second")
    clock.advance(timedelta(minutes=5))
    await measure()
    assert gauges(metrics, "email") == [2, 2, 600]
    assert gauges(metrics, "sms") == [0, 0, 0]

    await settle_all(database, clock, OutboxState.DONE)
    await measure()
    assert gauges(metrics, "email") == [0, 2, 0]


async def test_a_kind_of_a_newer_version_comes_to_zero_once_it_is_gone(database: SqlDatabase) -> None:
    """Else its last age stays, and what a newer worker delivered rings until this one is restarted."""
    clock, metrics = MovableClock(None, StoppedClock()), Metrics()
    measure = MeasureOutbox(Essentials(database, clock, Rules(), metrics))
    await owe(database, clock, "waits", "refused")
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE outbox SET kind = 'fax'"))
        await connection.execute(text("UPDATE outbox SET state = 'dead' WHERE key = 'refused'"))
    clock.advance(timedelta(hours=2))

    await measure()
    owed = gauges(metrics, "fax")
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM outbox"))
    await measure()

    assert [owed, gauges(metrics, "fax")] == [[1, 1, 7200], [0, 0, 0]]


async def test_the_gauge_tells_how_long_a_reminder_has_been_due(database: SqlDatabase) -> None:
    """Zero while it is not yet due, and while none is."""
    clock, metrics = MovableClock(None, StoppedClock()), Metrics()
    measure = MeasureOutbox(Essentials(database, clock, Rules(), metrics))

    async def overdue() -> str:
        await measure()
        return next(line for line in metrics.expose().decode().splitlines() if line.startswith(OVERDUE))

    before = await overdue()
    person = Person(PhoneNumber("+8613800138000"), MORNING)
    await store(database, person, remind_at=MORNING + timedelta(hours=24))
    waiting = await overdue()
    clock.advance(timedelta(hours=25))

    assert [before, waiting, await overdue()] == [f"{OVERDUE} 0.0", f"{OVERDUE} 0.0", f"{OVERDUE} 3600.0"]
