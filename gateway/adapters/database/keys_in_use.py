"""Which keys a database's numbers are sealed and indexed with: by their ids, never the keys (R-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, text

from gateway.adapters.database.faults import translated
from gateway.adapters.database.tables import invitations, keys_in_use, opt_outs, services
from gateway.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database.engine import SqlDatabase
    from gateway.application.ports.personal_data import PersonalData

_LOCK: Final = text(f"SELECT pg_advisory_xact_lock({0x6B657973})")
"""One process at a time ("keys"); SQLite has one writer at a time anyway."""
_NEWEST: Final = 1000
"""So many of the last numbers tell who seals: one node's must not hide another's."""


async def require_keys_in_use(database: SqlDatabase, personal_data: PersonalData) -> None:
    """Go on only with every key that the database's numbers are sealed with.

    Raises:
        ConfigurationError: one of them is not listed; names it by its id, and what to do.
        Unavailable: the database did not answer.

    """
    with translated():
        async with database.reading_engine.connect() as connection:
            await _required(connection, personal_data)


async def take_up_keys(database: SqlDatabase, personal_data: PersonalData, now: datetime) -> None:
    """The same, and put on record that the newest key seals from now on, and what is found in use besides."""
    newest = personal_data.key_ids[0]
    with translated():
        async with database.reading_engine.connect() as connection:
            in_use = await _required(connection, personal_data) | {newest}
            if in_use <= await _recorded(connection, forgotten=False):
                return
        async with database.engine.begin() as connection:
            await _lock(connection)
            # Looked at again: two machines that start together with different keys must not both go on.
            await _put_on_record(connection, await _required(connection, personal_data) | {newest}, now)


async def let_older_keys_go(database: SqlDatabase, personal_data: PersonalData, now: datetime) -> set[str]:
    """Everything was sealed afresh: no older key is needed any more, but for those that seal still.

    Those stay, and are returned: a process that was not restarted wrote with them meanwhile.
    """
    newest = personal_data.key_ids[0]
    with translated():
        async with database.engine.begin() as connection:
            await _lock(connection)
            sealing = await _sampled(connection, personal_data, latest=True) | {newest}
            await connection.execute(delete(keys_in_use).where(keys_in_use.c.key_id.not_in(sealing)))
            await _put_on_record(connection, sealing, now)
    return sealing - {newest}


async def forget_key(database: SqlDatabase, key_id: str, now: datetime) -> None:
    """Go on without a key that is lost; what it sealed stays, and cannot be read until it is listed again."""
    with translated():
        async with database.engine.begin() as connection:
            await connection.execute(delete(keys_in_use).where(keys_in_use.c.key_id == key_id))
            await connection.execute(insert(keys_in_use).values(key_id=key_id, since=now, forgotten_at=now))


async def known_keys(database: SqlDatabase) -> list[tuple[str, datetime, datetime | None]]:
    """Every key on record: its id, since when, and when it was given up for lost."""
    with translated():
        async with database.reading_engine.connect() as connection:
            found = await connection.execute(select(keys_in_use).order_by(keys_in_use.c.since))
            return [(row.key_id, row.since, row.forgotten_at) for row in found]


async def _lock(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(_LOCK)


async def _put_on_record(connection: AsyncConnection, in_use: set[str], now: datetime) -> None:
    missing = in_use - await _recorded(connection, forgotten=False)
    # One that was given up for lost may be listed again.
    await connection.execute(delete(keys_in_use).where(keys_in_use.c.key_id.in_(missing)))
    if rows := [{"key_id": key_id, "since": now} for key_id in sorted(missing)]:
        await connection.execute(insert(keys_in_use), rows)


async def _required(connection: AsyncConnection, personal_data: PersonalData) -> set[str]:
    """The keys in use, all of which are listed: on record, or found in what was written last."""
    recorded = await _recorded(connection, forgotten=False)
    forgotten = await _recorded(connection, forgotten=True)
    found = recorded | await _sampled(connection, personal_data, latest=True)
    if not recorded:
        # Nobody has put any on record: an earlier version wrote what is there.
        oldest = await _sampled(connection, personal_data, latest=False)
        found |= oldest & set(personal_data.key_ids)
    missing = sorted(found - set(personal_data.key_ids) - forgotten)
    if missing:
        raise ConfigurationError(
            f"numbers in the database are sealed with key {missing[0]}, which is not listed here; list it"
            f" too, as the other machines do; if it is lost for good: haochaping keys forget {missing[0]}",
            place="privacy.keys",
        )
    return found - forgotten


async def _recorded(connection: AsyncConnection, *, forgotten: bool) -> set[str]:
    given_up = keys_in_use.c.forgotten_at
    which = given_up.is_not(None) if forgotten else given_up.is_(None)
    return set((await connection.execute(select(keys_in_use.c.key_id).where(which))).scalars())


async def _sampled(connection: AsyncConnection, personal_data: PersonalData, *, latest: bool) -> set[str]:
    """The keys of the last numbers of each table, or of the first."""
    found: set[str] = set()
    for statement in _samples(latest=latest):
        found.update(map(personal_data.key_id_of, (await connection.execute(statement)).scalars()))
    return found - {""}


def _samples(*, latest: bool) -> Iterator[Select[Any]]:
    """Each from the end of an index."""
    for sealed, place in (
        (services.c.phone_sealed, services.c.registered_at),
        (invitations.c.phone_sealed, invitations.c.created_at),
        (opt_outs.c.phone_sealed, opt_outs.c.entry_no),
    ):
        ordered = place.desc() if latest else place.asc()
        yield select(sealed).where(sealed.is_not(None)).order_by(ordered).limit(_NEWEST if latest else 1)
