"""Keys are changed while the gateway runs, and the old one is worth nothing afterwards (R-18)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Table, select, update

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database import rotation
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.rotation import KeyRotation, Rotated, sealed_tables
from gateway.adapters.database.tables import incoming_messages, invitations, metadata, opt_outs
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.handling.acts import Comment
from gateway.domain.ids import ServiceId
from gateway.domain.outbox import OutboxKind
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.stored_person import Person, count, opt_out, remark, store, store_stranger

OLD, NEW = b"k" * 32, b"n" * 32
CITIZEN = PhoneNumber("+8613800138000")
STRANGER = PhoneNumber("+8613900139000")


@asynccontextmanager
async def under(url: str, *keys: bytes) -> AsyncIterator[SqlDatabase]:
    """The database as a gateway with these keys, the newest first, sees it."""
    opened = open_database(url, PersonalDataCipher(keys), InProcessWakeups())
    try:
        yield opened
    finally:
        await opened.close()


async def rotate(database: SqlDatabase, *keys: bytes) -> dict[str, Rotated]:
    """Carry everything to the first of the keys; what was done, by table."""
    data = PersonalDataCipher(keys)
    return {table.name: await KeyRotation(database, data, table)() for table in sealed_tables()}


@pytest.mark.requirement("R-18")
async def test_the_old_key_can_be_taken_out(
    database: SqlDatabase, clock: MovableClock, database_url: str
) -> None:
    """With the new key alone, invitations, texts, opt-outs and strangers are found as before."""
    person = Person(CITIZEN, clock.now())
    await store(database, person)
    await opt_out(database, person)
    await store_stranger(database, Person(STRANGER, clock.now(), "2"))
    follow_up_id = await remark(database, person, "请今天回访")

    done = await rotate(database, NEW, OLD)

    assert {name: each.rewritten for name, each in done.items() if each.rewritten} == {
        "follow_up_steps": 1,
        "incoming_messages": 2,
        "invitations": 1,
        "opt_outs": 1,
        "outbox": 1,
        "services": 1,
    }
    async with under(database_url, NEW) as changed, changed.transaction() as work:
        assert [i.phone for i in await work.invitations.of_phone(CITIZEN, 9)] == [CITIZEN]
        assert await work.invitations.id_for("visit:1", CITIZEN) == person.invitation_id
        assert await work.opt_outs.are_out([CITIZEN, STRANGER]) == {CITIZEN}
        assert not await work.messages.first_answer_to_stranger(STRANGER, clock.now())
        (entry,) = await work.outbox.claim(OutboxKind.SMS, clock.now(), timedelta(minutes=1), 9)
        assert entry.entry.phone == CITIZEN
        stored = await work.services.get(ServiceId("1"), 1)
        assert stored is not None
        assert stored.service.phone == CITIZEN
        (kept,) = await work.follow_ups.history(follow_up_id)
        assert kept.step.act == Comment("请今天回访")


@pytest.mark.requirement("R-18")
async def test_every_sealed_column_is_carried_over(database: SqlDatabase, clock: MovableClock) -> None:
    """Words are sealed afresh as numbers are: nothing in any table opens with the old key alone."""
    await store(database, Person(CITIZEN, clock.now()))
    await opt_out(database, Person(CITIZEN, clock.now()))

    await rotate(database, NEW, OLD)

    newest = PersonalDataCipher([NEW])
    columns = [c for table in metadata.sorted_tables for c in table.columns if c.name.endswith("_sealed")]
    async with database.reading_engine.connect() as connection:
        sealed = [seal for column in columns for seal in await connection.scalars(select(column)) if seal]
    assert len(sealed) == 7
    assert {newest.unseal(seal) for seal in sealed} == {CITIZEN.reveal(), "我是陈某,5", "退订"}


async def test_a_second_run_finds_nothing_to_do(database: SqlDatabase, clock: MovableClock) -> None:
    """It reads, and writes nothing."""
    await store(database, Person(CITIZEN, clock.now()))
    await rotate(database, NEW, OLD)

    again = await rotate(database, NEW, OLD)

    assert sum(each.rewritten for each in again.values()) == 0


async def test_a_stopped_run_goes_on(
    database: SqlDatabase, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch is kept as soon as it is written; the next run takes the rest."""
    monkeypatch.setattr(rotation, "BATCH", 2)
    for number in range(5):
        await store(database, Person(CITIZEN, clock.now(), str(number)))
    cipher = FailingCipher([NEW, OLD], after=5)

    with pytest.raises(LookupError):
        await KeyRotation(database, cipher, invitations)()
    resumed = await KeyRotation(database, PersonalDataCipher([NEW, OLD]), invitations)()

    assert resumed.rewritten == 1


class FailingCipher(PersonalDataCipher):
    """Stops the process, as it were, at a number of seals."""

    def __init__(self, keys: list[bytes], *, after: int) -> None:
        super().__init__(keys)
        self._left = after

    def seal(self, text: str) -> bytes:
        """A seal, until there are no more."""
        self._left -= 1
        if self._left == 0:
            raise LookupError
        return super().seal(text)


async def test_rows_that_no_key_opens_are_named_and_left(
    database: SqlDatabase, clock: MovableClock, database_url: str
) -> None:
    """The rest is carried over; the reason names the row and no number."""
    async with under(database_url, b"x" * 32) as elsewhere:
        await store(elsewhere, Person(STRANGER, clock.now(), "lost"))
    await store(database, Person(CITIZEN, clock.now()))

    done = (await rotate(database, NEW, OLD))["invitations"]

    assert (done.rewritten, done.unreadable) == (1, 1)
    (reason,) = done.reasons
    assert "invitations invitation-lost: " in reason
    assert "put that key back" in reason


async def test_an_opt_out_taken_twice_under_two_keys_holds_once(
    database: SqlDatabase, clock: MovableClock, database_url: str
) -> None:
    """Two processes with different keys each noted it; after the rotation one current entry is left."""
    await opt_out(database, Person(CITIZEN, clock.now()))
    async with under(database_url, NEW) as elsewhere:
        await opt_out(elsewhere, Person(CITIZEN, clock.now()))

    await rotate(database, NEW, OLD)

    async with under(database_url, NEW) as changed, changed.transaction() as work:
        assert await work.opt_outs.are_out([CITIZEN]) == {CITIZEN}
        assert await work.opt_outs.end(CITIZEN, clock.now())
        assert await work.opt_outs.are_out([CITIZEN]) == frozenset()
    assert await count(database, opt_outs) == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_row_in_use_is_left_for_the_next_run(database: SqlDatabase, clock: MovableClock) -> None:
    """A rotation never waits for a transaction: what that one holds is counted and taken later."""
    await store(database, Person(CITIZEN, clock.now()))
    async with database.engine.begin() as connection:
        await connection.execute(update(incoming_messages).values(line="held"))
        held = (await rotate(database, NEW, OLD))["incoming_messages"]
    then = (await rotate(database, NEW, OLD))["incoming_messages"]

    assert (held.rewritten, held.left) == (0, 1)
    assert (then.rewritten, then.left) == (1, 0)


def test_every_table_with_something_sealed_is_known() -> None:
    """A number is indexed where it is sealed, or in what follows that; others have words or secrets."""
    indexed = {table.name for table in metadata.sorted_tables if "phone_index" in table.columns}
    sealed = {table.name for table in sealed_tables()}

    assert sealed >= indexed - {"open_questions", "strangers"}
    assert sealed - indexed == {"attachment_parts", "follow_up_steps", "incoming_mails", "officers"}
    assert all(isinstance(table, Table) for table in sealed_tables())
