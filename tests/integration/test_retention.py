"""What leads to a person goes when its time is over, and nothing else does (R-18)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.adapters.clock import MovableClock
from gateway.adapters.database import retention
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.retention import count_overdue, erase, erasures
from gateway.adapters.database.tables import (
    delivery_receipts,
    incoming_messages,
    invitations,
    metadata,
    outbox,
    services,
)
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.bootstrap import retention as worker_retention
from gateway.bootstrap.retention import trace_chore
from gateway.domain.ids import ServiceId
from gateway.domain.outbox import OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from gateway.settings import Settings
from tests.integration.stored_person import Person, count, opt_out, store, store_stranger

RETENTION = timedelta(days=730)
TRACES = timedelta(days=90)
LONG_AGO = timedelta(days=731)
CITIZEN = PhoneNumber("+8613800138000")
OTHER = PhoneNumber("+8613900139000")


@pytest.fixture
def now(clock: MovableClock) -> datetime:
    """The moment of the purge."""
    return clock.now()


async def purge(
    database: SqlDatabase, cipher: PersonalDataCipher, now: datetime, kept: timedelta = RETENTION
) -> dict[str, int]:
    """Erase everything overdue; how much of what."""
    return {each.what: await erase(database, each) for each in erasures(now, kept, TRACES, cipher)}


async def settle(database: SqlDatabase, at: datetime, state: OutboxState) -> None:
    """Settle all texts that are due."""
    async with database.transaction() as work:
        claimed = await work.outbox.claim(OutboxKind.SMS, at, timedelta(minutes=1), 99)
        await work.outbox.settle(claimed, state, at, "")


async def everything(database: SqlDatabase) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    async with database.reading_engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


@pytest.mark.requirement("R-18")
async def test_numbers_and_words_go_and_rows_stay(
    database: SqlDatabase, personal_data: PersonalDataCipher, now: datetime
) -> None:
    """After the retention no column leads to the person; services and texts are still counted."""
    await store(database, Person(CITIZEN, now - LONG_AGO))
    await settle(database, now - LONG_AGO, OutboxState.DONE)

    gone = await purge(database, personal_data, now)

    assert {what: rows for what, rows in gone.items() if rows} == {
        "numbers of services": 1,
        "numbers of invitations": 1,
        "numbers and words of texts from citizens": 1,
        "settled outbox entries": 1,
    }
    for table in (services, invitations, incoming_messages):
        assert await count(database, table) == 1
    async with database.transaction() as work:
        assert await work.invitations.of_phone(CITIZEN, 9) == []
        stored = await work.services.get(ServiceId("1"), 1)
    async with database.reading_engine.connect() as connection:
        body = await connection.scalar(select(incoming_messages.c.body_sealed))
    assert stored is not None
    assert (stored.service.phone, stored.phone_problem) == (None, "erased: older than the retention")
    assert personal_data.unseal(body or b"") == ""
    assert personal_data.index(CITIZEN) not in str(await everything(database))


@pytest.mark.requirement("R-18")
async def test_what_is_younger_stays_as_it_is(
    database: SqlDatabase, personal_data: PersonalDataCipher, now: datetime
) -> None:
    """A purge one moment before the time is over changes no row."""
    await store(database, Person(CITIZEN, now - RETENTION))
    await store_stranger(database, Person(OTHER, now - RETENTION, "2"))
    before = await everything(database)

    gone = await purge(database, personal_data, now)

    assert set(gone.values()) == {0}
    assert await everything(database) == before


@pytest.mark.requirement("R-18")
async def test_a_wish_for_no_texts_outlives_everything(
    database: SqlDatabase, personal_data: PersonalDataCipher, now: datetime
) -> None:
    """A current opt-out holds for as long as it is not ended; one that ended long ago goes."""
    await opt_out(database, Person(CITIZEN, now - 3 * LONG_AGO))
    await opt_out(database, Person(OTHER, now - 3 * LONG_AGO))
    async with database.transaction() as work:
        await work.opt_outs.end(OTHER, now - LONG_AGO)

    gone = await purge(database, personal_data, now)

    assert gone["opt-outs that were ended"] == 1
    async with database.reading() as work:
        assert await work.opt_outs.are_out([CITIZEN, OTHER]) == {CITIZEN}


async def test_a_waiting_reminder_keeps_its_number(
    database: SqlDatabase, personal_data: PersonalDataCipher, now: datetime
) -> None:
    """However short the retention: who is still to be reminded can be."""
    await store(database, Person(CITIZEN, now - timedelta(hours=20)), remind_at=now + timedelta(hours=4))

    gone = await purge(database, personal_data, now, timedelta(hours=1))

    assert gone["numbers of invitations"] == 0
    assert gone["settled outbox entries"] == 0


async def test_a_late_contact_keeps_an_old_invitation(
    database: SqlDatabase, personal_data: PersonalDataCipher, now: datetime
) -> None:
    """The time runs from the last contact, not from the first."""
    person = Person(CITIZEN, now - LONG_AGO)
    await store(database, person)
    async with database.engine.begin() as connection:
        await connection.execute(invitations.update().values(rated_at=now - timedelta(days=9)))

    assert (await purge(database, personal_data, now))["numbers of invitations"] == 0


async def test_settled_deliveries_and_receipts_go_after_ninety_days(
    database: SqlDatabase, personal_data: PersonalDataCipher, now: datetime
) -> None:
    """What waits or is dead stays: somebody has still to see to it."""
    old, young = now - timedelta(days=91), now - timedelta(days=89)
    for at, state, name in (
        (old, OutboxState.DONE, "a"),
        (old, OutboxState.DROPPED, "b"),
        (old, OutboxState.DEAD, "c"),
        (young, OutboxState.DONE, "d"),
    ):
        await store(database, Person(CITIZEN, at, name))
        await settle(database, at, state)
    await store(database, Person(CITIZEN, old, "e"))
    async with database.transaction() as work:
        await work.messages.keep_receipt("demo", "old", DeliveryStatus.DELIVERED, "", old)
        await work.messages.keep_receipt("demo", "young", DeliveryStatus.DELIVERED, "", young)

    gone = await purge(database, personal_data, now)

    assert (gone["settled outbox entries"], gone["delivery receipts"]) == (2, 1)
    async with database.reading_engine.connect() as connection:
        keys = set(await connection.scalars(select(outbox.c.key)))
    assert keys == {"reminder:c", "reminder:d", "reminder:e"}
    assert await count(database, delivery_receipts) == 1


async def test_a_dead_entry_loses_its_number_in_the_end(
    database: SqlDatabase, personal_data: PersonalDataCipher, now: datetime
) -> None:
    """A text given up years ago can be sent to nobody any more; it is dropped, then removed."""
    await store(database, Person(CITIZEN, now - LONG_AGO))
    await settle(database, now - LONG_AGO, OutboxState.DEAD)

    gone = await purge(database, personal_data, now)

    assert gone["numbers of dead entries, which are dropped"] == 1
    assert await count(database, outbox) == 0


async def test_counting_changes_nothing_and_tells_what_a_purge_does(
    database: SqlDatabase,
    personal_data: PersonalDataCipher,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dry run's figures are those of the purge; a second purge finds nothing."""
    monkeypatch.setattr(retention, "BATCH", 2)
    for number in range(5):
        await store(database, Person(CITIZEN, now - LONG_AGO, str(number)))
    before = await everything(database)

    counted = {
        each.what: await count_overdue(database, each)
        for each in erasures(now, RETENTION, TRACES, personal_data)
    }
    assert await everything(database) == before
    assert counted["numbers of services"] == 5
    assert await purge(database, personal_data, now) == counted
    assert set((await purge(database, personal_data, now)).values()) == {0}


async def test_a_worker_erases_traces_all_day_long_and_no_more_than_it_may_at_once(
    database: SqlDatabase, clock: MovableClock, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each go takes some of the oldest; numbers and what is younger are left to their own time."""
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(worker_retention, "AT_MOST", 4)
    for number in range(5):
        await store(database, Person(CITIZEN, now - timedelta(days=91 + number), str(number)))
    await settle(database, now - timedelta(days=91), OutboxState.DONE)
    await store(database, Person(CITIZEN, now - timedelta(days=89), "young"))
    await settle(database, now - timedelta(days=89), OutboxState.DONE)
    chore = trace_chore(Settings(), database, clock)

    await chore.do()
    assert await count(database, outbox) == 2
    await chore.do()
    await chore.do()

    async with database.reading_engine.connect() as connection:
        assert list(await connection.scalars(select(outbox.c.key))) == ["reminder:young"]
    async with database.transaction() as work:
        assert len(await work.invitations.of_phone(CITIZEN, 9)) == 6
