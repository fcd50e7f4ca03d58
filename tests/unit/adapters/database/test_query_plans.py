"""What workers ask again and again is answered from an index, in its order, however much is owed.

The plans are those that each engine makes for the very statements that the adapter sends.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from benchmarks.plans import Statement, noted
from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.ports.database import SentMessage
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState

LEASE = timedelta(minutes=2)
OWED = 3000
"""Enough for an engine to prefer an index to reading everything."""


async def plan(database: SqlDatabase, sent: list[Statement], table: str) -> str:
    """How the engine goes about the first SELECT from that table."""
    statement, parameters = next(
        pair for pair in sent if pair[0].startswith("SELECT") and f"FROM {table}" in pair[0]
    )
    engine = database.reading_engine
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    async with engine.connect() as connection:
        rows = (await connection.exec_driver_sql(explain + statement, parameters)).all()
    return "\n".join(str(row[-1]) for row in rows)


@pytest.fixture
async def owing(database: SqlDatabase, clock: MovableClock) -> SqlDatabase:
    """A database that owes thousands of entries, each of an order of its own."""
    now = clock.now()
    entries = [
        OutboxEntry(
            kind=OutboxKind.CORE_STORE,
            key=f"k:{number}",
            payload={},
            due_at=now - timedelta(seconds=number),
            created_at=now,
            order_key=f"o:{number}",
        )
        for number in range(OWED)
    ]
    async with database.transaction() as work:
        await work.outbox.add(entries)
    if database.reading_engine.dialect.name == "postgresql":
        async with database.reading_engine.begin() as connection:
            # As autovacuum does; nobody does it for SQLite.
            await connection.execute(text("ANALYZE outbox"))
    return database


def assert_from_index(found: str, index: str) -> None:
    """The index is searched, and what it gives needs no sorting."""
    assert index in found
    assert "Sort" not in found
    assert "TEMP B-TREE" not in found


async def test_a_claim_stops_at_its_limit(owing: SqlDatabase, clock: MovableClock) -> None:
    """The index gives due entries in their order; what comes before them in theirs is found by another."""
    with noted() as sent:
        async with owing.transaction() as work:
            claimed = await work.outbox.claim(OutboxKind.CORE_STORE, clock.now(), LEASE, 16)

    assert [c.entry.key for c in claimed] == [f"k:{n}" for n in range(OWED - 1, OWED - 17, -1)]
    found = await plan(owing, sent, "outbox")
    assert_from_index(found, "ix_outbox_due")
    assert "ix_outbox_unsettled_order" in found


async def test_the_next_due_entry_is_the_first_of_an_index(owing: SqlDatabase, clock: MovableClock) -> None:
    """Not the least of all that is owed."""
    with noted() as sent:
        async with owing.reading() as work:
            await work.outbox.next_due_at(OutboxKind.CORE_STORE, clock.now())

    assert_from_index(await plan(owing, sent, "outbox"), "ix_outbox_due")


async def test_what_waits_behind_a_settled_entry_is_found_by_its_order(
    owing: SqlDatabase, clock: MovableClock
) -> None:
    """Settling costs the same however much is owed."""
    async with owing.transaction() as work:
        claimed = await work.outbox.claim(OutboxKind.CORE_STORE, clock.now(), LEASE, 16)
    with noted() as sent:
        async with owing.transaction() as work:
            await work.outbox.settle(claimed, OutboxState.DONE, clock.now(), "")

    assert "ix_outbox_unsettled_order" in await plan(owing, sent, "outbox")


async def test_texts_without_receipt_are_the_first_of_an_index(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """However many texts were sent and confirmed long ago."""
    now = clock.now()
    sent_texts = [
        SentMessage(
            reference=f"m:{number}",
            kind="reminder",
            invitation_id=None,
            provider="demo",
            provider_message_id=f"DM{number}",
            sent_at=now - timedelta(seconds=number),
            line="12345",
        )
        for number in range(OWED)
    ]
    async with database.transaction() as work:
        await work.messages.add_sent(sent_texts)
        await work.messages.confirm([text.reference for text in sent_texts[: -OWED // 10]])
    if database.reading_engine.dialect.name == "postgresql":
        async with database.reading_engine.begin() as connection:
            await connection.execute(text("ANALYZE sent_messages"))

    with noted() as sent:
        async with database.transaction() as work:
            found = await work.messages.unconfirmed(now, 16)

    assert [f.reference for f in found] == [f"m:{n}" for n in range(OWED - 1, OWED - 17, -1)]
    assert_from_index(await plan(database, sent, "sent_messages"), "ix_sent_messages_unconfirmed_at")


async def test_an_index_is_used_from_the_first_row_on(database: SqlDatabase) -> None:
    """A plan is kept while its table grows, so that one that reads it whole would cost more and more."""
    with noted() as sent:
        async with database.transaction() as work:
            await work.evaluations.of_slots(["item:one", "item:two"])

    found = await plan(database, sent, "evaluations")
    assert "uq_evaluations_slot_sequence" in found
    assert "Seq Scan" not in found


@pytest.mark.requirement("R-14")
@pytest.mark.parametrize(
    ("table", "index"),
    [
        ("follow_ups", "ix_follow_ups_opened_at"),
        ("evaluations", "ix_evaluations_recorded_at"),
        ("evaluations", "ix_evaluations_told_late"),
        ("services", "ix_services_hotline"),
        ("calls", "ix_calls_ended_at"),
        ("sent_messages", "ix_sent_messages_reminded_at"),
    ],
)
async def test_figures_and_signs_of_a_month_are_read_from_that_month(
    database: SqlDatabase, clock: MovableClock, table: str, index: str
) -> None:
    """Not from everything that there ever was."""
    until = clock.now()
    span = (until - timedelta(days=30), until)
    with noted() as sent:
        async with database.reading() as work:
            assert [each async for each in work.figures.follow_ups(*span)] == []
            assert await work.figures.raters(*span) == 0
            await work.figures.responses(*span)
            await work.signals.offers(*span)

    found = await plan(database, sent, table)
    assert index in found
    if table == "follow_ups":
        assert_from_index(found, index)
