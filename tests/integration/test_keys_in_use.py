"""A process that cannot read what the others seal does not start, on SQLite and PostgreSQL alike (R-18)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.keys_in_use import (
    forget_key,
    known_keys,
    let_older_keys_go,
    require_keys_in_use,
    take_up_keys,
)
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import ConfigurationError
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.stored_person import Person, opt_out, store

OLD, NEW = b"k" * 32, b"n" * 32
CITIZEN, OTHER = PhoneNumber("+8613800138000"), PhoneNumber("+8613900139000")
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

    assert await let_older_keys_go(database, PersonalDataCipher([NEW, OLD]), clock.now()) == set()
    await start(database, clock, NEW)
    assert await in_use(database) == {name(NEW)}


async def test_a_key_that_a_process_went_on_sealing_with_is_not_let_go__regression(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """A process that was not restarted writes on beside a rotation: whoever rotates is told."""
    await start(database, clock, NEW, OLD)
    await store(database, Person(CITIZEN, clock.now()))

    assert await let_older_keys_go(database, PersonalDataCipher([NEW, OLD]), clock.now()) == {name(OLD)}
    assert await in_use(database) == {name(NEW), name(OLD)}


@pytest.mark.parametrize("wrote", [store, opt_out])
async def test_what_was_sealed_with_an_older_key_after_its_rotation_is_found_by_a_start__regression(
    database: SqlDatabase,
    database_url: str,
    clock: MovableClock,
    wrote: Callable[[SqlDatabase, Person], Awaitable[None]],
) -> None:
    """Else those who opted out by such a process would be texted; that others wrote since hides nothing."""
    await start(database, clock, NEW, OLD)
    await let_older_keys_go(database, PersonalDataCipher([NEW, OLD]), clock.now())
    await wrote(database, Person(CITIZEN, clock.now()))
    beside = open_database(database_url, PersonalDataCipher([NEW, OLD]), InProcessWakeups())
    later = Person(OTHER, clock.now() + timedelta(minutes=1), "2")
    await store(beside, later)
    await opt_out(beside, later)
    await beside.close()

    with pytest.raises(ConfigurationError, match=name(OLD)):
        await start(database, clock, NEW)
    await start(database, clock, NEW, OLD)
    assert await in_use(database) == {name(NEW), name(OLD)}


async def test_since_when_a_key_is_known_stays_as_others_come(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """`keys list` tells it of each."""
    began = clock.now()
    await start(database, clock, OLD)
    clock.advance(timedelta(days=7))
    await start(database, clock, NEW, OLD)

    known = await known_keys(database)
    assert [(key_id, since - began >= timedelta(days=7)) for key_id, since, _ in known] == [
        (name(OLD), False),
        (name(NEW), True),
    ]


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
    await store(database, Person(CITIZEN, clock.now()))
    with pytest.raises(ConfigurationError, match=name(OLD)):
        await start(database, clock, NEW)
    await start(database, clock, NEW, OLD)

    assert await in_use(database) == {name(OLD), name(NEW)}


async def test_there_opt_outs_tell_their_keys_too(
    database: SqlDatabase, database_url: str, clock: MovableClock
) -> None:
    """Invitations come and go by another key; who opted out before must be known still."""
    await opt_out(database, Person(CITIZEN, clock.now()))
    beside = open_database(database_url, PersonalDataCipher([NEW]), InProcessWakeups())
    await store(beside, Person(OTHER, clock.now()))
    await beside.close()

    with pytest.raises(ConfigurationError, match=name(OLD)):
        await start(database, clock, NEW)


async def test_a_key_that_is_lost_is_given_up(database: SqlDatabase, clock: MovableClock) -> None:
    """Then a start goes on without it; found again and put first, it is in use as before."""
    await store(database, Person(CITIZEN, clock.now()))
    await forget_key(database, name(OLD), clock.now())
    await start(database, clock, NEW)
    assert await in_use(database) == {name(NEW)}

    await start(database, clock, OLD, NEW)
    assert await in_use(database) == {name(NEW), name(OLD)}
