"""Carrying the schema to running databases: expand first, contract in a later version."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

import structlog
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database.advisory_locks import AdvisoryLock
from gateway.adapters.database.faults import LOCKED, UNDONE, sqlstate, translated
from gateway.adapters.database.schema import (
    alembic_config,
    knows,
    lost_triggers,
    require_promise,
    revisions_of,
    scripts,
)
from gateway.adapters.database.tables import invitations
from gateway.domain.errors import AlreadyRecorded, Unavailable

if TYPE_CHECKING:
    from alembic.script import Script
    from sqlalchemy import Connection

    from gateway.adapters.database.engine import SqlDatabase

log = structlog.get_logger()

LOCK_SECONDS: Final = 2.0
"""For a table. Whoever needs it meanwhile waits behind us, and has to have an answer in the end."""
_TRIES: Final = 4
_PAUSE_SECONDS: Final = 1.0


async def upgrade(database: SqlDatabase) -> tuple[str | None, str]:
    """Bring the schema to this version; the revision before and now. One process at a time.

    An empty database gets all in one transaction; else each revision has its own, and one that copies rows
    has many. Where others hold the tables, a step gives way and tries again, four times in all. A newer
    schema that promises to serve this version is left as it is. Triggers that were lost are made anew, with
    what they keep.

    Raises:
        ConfigurationError: nothing is known of the schema, or it serves this version no longer.
        Unavailable: the database did not answer, or others hold its tables.

    """
    first: str | None = None
    copied = None
    async with _alone(database):
        for turn in count():
            step = await _step(database, copied)
            if step.copied is not None and copied is None:
                log.info("schema_copies_rows", after_revision=step.now)
            first, copied = (first if turn else step.before), step.copied
            if step.is_last:
                return first, step.now
    raise AssertionError("the last step returns")


@dataclass(frozen=True)
class _Step:
    """What one transaction did."""

    before: str | None
    now: str
    copied: object = None
    """How far a migration has copied of what others change meanwhile; it knows what that means."""
    is_last: bool = False


@asynccontextmanager
async def _alone(database: SqlDatabase) -> AsyncIterator[None]:
    """One upgrade at a time. SQLite has one writer at a time, and each step looks anew at what is there."""
    if database.engine.dialect.name != "postgresql":
        yield
        return
    with translated():
        async with database.engine.connect() as connection:
            await connection.execute(AdvisoryLock.MIGRATING.taken)
            yield


async def _step(database: SqlDatabase, copied: object) -> _Step:
    """One transaction; where others are in the way, try again."""
    for left in reversed(range(_TRIES)):
        try:
            with translated():
                async with database.engine.begin() as connection:
                    return await connection.run_sync(_upgrade, copied)
        except (AlreadyRecorded, Unavailable) as fault:
            if not (left and _is_in_the_way(fault.__cause__)):
                raise
            await sleep(_PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")


def _is_in_the_way(error: BaseException | None) -> bool:
    """Whether another transaction was, and may be gone soon."""
    return isinstance(error, DBAPIError) and sqlstate(error.orig) in {LOCKED, *UNDONE}


def _upgrade(connection: Connection, copied: object) -> _Step:
    """The next step: an empty database's whole schema, or one revision, or some of what it copies before."""
    if connection.dialect.name == "postgresql":
        # Whoever waits for a table makes everybody else wait behind.
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    before, head = revisions_of(connection)
    if before is not None and not knows(before):
        require_promise(connection, before, head)
        return _Step(before, before, is_last=True)
    if before is None:
        _bring_to(head, connection)
    elif before != head:
        script = _after(before)
        copy_some = getattr(script.module, "copy_some", None)
        if copy_some is not None and (copied := copy_some(connection, copied)) is not None:
            return _Step(before, before, copied)
        _bring_to(script.revision, connection)
        if script.revision != head:
            return _Step(before, script.revision)
    _mend_triggers(connection)
    return _Step(before, head, is_last=True)


def _bring_to(revision: str, connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _after(revision: str) -> Script:
    """The next revision; they stand in one line."""
    (script,) = (one for one in scripts().walk_revisions() if one.down_revision == revision)
    return script


def _mend_triggers(connection: Connection) -> None:
    """Make anew what was lost, and what they should have kept meanwhile."""
    if lost := lost_triggers(connection):
        scripts().get_revision("0018").module.make_anew(connection)
        log.warning("triggers_mended", table=invitations.name, lost=lost)
