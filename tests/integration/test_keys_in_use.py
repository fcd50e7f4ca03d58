"""A process that cannot read what the others seal does not start, on SQLite and PostgreSQL alike (R-18)."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.keys_in_use import (
    forget_key,
    known_keys,
    only_newest_key,
    require_keys_in_use,
    take_up_keys,
)
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import ConfigurationError
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.stored_person import Person, store

OLD, NEW = b"k" * 32, b"n" * 32
pytestmark = pytest.mark.requirement("R-18")


def name(key: bytes) -> str:
    """As it stands in its seals."""
    return PersonalDataCipher([key]).key_ids[0]


async def start(database: SqlDatabase, clock: MovableClock, *keys: bytes) -> None:
    """As a process does that lists these."""
    await take_up_keys(database, PersonalDataCipher(keys), clock.now())


async def in_use(database: SqlDatabase) -> set[str]:
    """What the database says."""
    return {key_id for key_id, _, forgotten in await known_keys(database) if forgotten is None}


async def test_a_process_with_another_key_does_not_start__regression(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """One line says which key is missing and what to do; nothing is written."""
    await start(database, clock, OLD)
    with pytest.raises(ConfigurationError, match=f"privacy.keys: .*{name(OLD)}.*keys forget {name(OLD)}"):
        await start(database, clock, NEW)
    with pytest.raises(ConfigurationError):
        await require_keys_in_use(database, PersonalDataCipher([NEW]))

    assert await in_use(database) == {name(OLD)}


async def test_keys_are_changed_machine_by_machine(database: SqlDatabase, clock: MovableClock) -> None:
    """As the runbook says: behind, first, rotated, taken out; who lags behind is told."""
    await start(database, clock, OLD)
    await start(database, clock, OLD, NEW)
    await start(database, clock, OLD)
    assert await in_use(database) == {name(OLD)}

    await start(database, clock, NEW, OLD)
    await start(database, clock, OLD, NEW)
    with pytest.raises(ConfigurationError, match=name(NEW)):
        await start(database, clock, OLD)
    with pytest.raises(ConfigurationError, match=name(OLD)):
        await start(database, clock, NEW)

    await only_newest_key(database, PersonalDataCipher([NEW, OLD]))
    await start(database, clock, NEW)
    assert await in_use(database) == {name(NEW)}


async def test_two_that_start_together_with_different_keys_do_not_both_go_on(
    database: SqlDatabase, database_url: str, clock: MovableClock
) -> None:
    """The first to come decides."""
    beside = open_database(database_url, PersonalDataCipher([NEW]), InProcessWakeups())
    began = await asyncio.gather(
        start(database, clock, OLD), start(beside, clock, NEW), return_exceptions=True
    )
    await beside.close()

    assert [type(each) for each in began if each is not None] == [ConfigurationError]
    assert len(await in_use(database)) == 1


async def test_a_database_of_an_earlier_version_is_asked_by_its_newest_number(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Nothing is on record there; what it holds tells its keys."""
    await store(database, Person(PhoneNumber("+8613800138000"), clock.now()))
    with pytest.raises(ConfigurationError, match=name(OLD)):
        await start(database, clock, NEW)
    await start(database, clock, NEW, OLD)

    assert await in_use(database) == {name(OLD), name(NEW)}


async def test_a_key_that_is_lost_is_given_up(database: SqlDatabase, clock: MovableClock) -> None:
    """Then a start goes on without it; found again and put first, it is in use as before."""
    await store(database, Person(PhoneNumber("+8613800138000"), clock.now()))
    await forget_key(database, name(OLD), clock.now())
    await start(database, clock, NEW)
    assert await in_use(database) == {name(NEW)}

    await start(database, clock, OLD, NEW)
    assert await in_use(database) == {name(NEW), name(OLD)}
