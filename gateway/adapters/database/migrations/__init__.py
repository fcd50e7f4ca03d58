"""Carrying the schema to running databases: expand first, contract in a later version."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.database.engine import LOCKED, UNDONE, sqlstate, translated
from gateway.adapters.database.tables import TRIGGERS, invitations, outbox, schema_promise
from gateway.domain.errors import AlreadyRecorded, ConfigurationError, Unavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database.engine import SqlDatabase

log = structlog.get_logger()

_PLACE: Final = "database.url"
LOCK_SECONDS: Final = 2.0
"""For a table. Whoever needs it meanwhile waits behind us, and has to have an answer in the end."""
_TRIES: Final = 4
_PAUSE_SECONDS: Final = 1.0
_LOCK: Final = text(f"SELECT pg_advisory_xact_lock({0x68616F63})")
"""By any number that no other program on the same PostgreSQL locks by ("haoc")."""
_TRIGGERS_AT_WORK: Final = {
    "sqlite": text("SELECT name FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'invitations'::regclass AND tgenabled IN ('O', 'A')"
    ),
}


async def upgrade(database: SqlDatabase) -> tuple[str | None, str]:
    """Bring the schema to this version; the revision before and now. One process at a time.

    A newer schema that promises to serve this version is left as it is. Where others hold the tables, it
    gives way and tries again, four times in all. Triggers that were lost are made anew, with what they keep.

    Raises:
        ConfigurationError: nothing is known of the schema, or it serves this version no longer.
        Unavailable: the database did not answer, or others hold its tables.

    """
    first: str | None = None
    copied = None
    async with _alone(database):
        for turn in count():
            step = await _step(database, copied)
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
            await connection.execute(_LOCK)
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


async def revisions(database: SqlDatabase) -> tuple[str | None, str]:
    """The revision that the database has (None = no schema yet), and the one that this version needs.

    Raises:
        ConfigurationError: nothing is known of the schema.
        Unavailable: the database did not answer.

    """
    with translated():
        async with database.reading_engine.connect() as connection:
            return await connection.run_sync(_revisions)


async def require_schema(database: SqlDatabase) -> str:
    """The revision that the database has, if this version can work with it.

    Raises:
        ConfigurationError: it cannot, and what to do.
        Unavailable: the database did not answer.

    """
    with translated():
        async with database.reading_engine.connect() as connection:
            return await connection.run_sync(_required)


def _revisions(connection: Connection) -> tuple[str | None, str]:
    current = _current(connection)
    _refuse_lost(connection, current)
    return current, _head()


def _required(connection: Connection) -> str:
    current, head = _revisions(connection)
    if current == head:
        _refuse_without_triggers(connection)
        return head
    if current is None or _knows(current):
        raise ConfigurationError(
            f"the schema is at {current or 'nothing'}, this version needs {head}; run: haochaping db upgrade",
            place=_PLACE,
        )
    _require_promise(connection, current, head)
    return current


def _require_promise(connection: Connection, current: str, head: str) -> None:
    """Go on only with a newer schema that says it serves programs such as this one."""
    if not (current.isdigit() and current > head):
        raise ConfigurationError(
            f"nothing is known of the schema's revision {current}; restore the backup, or install the version"
            " that made it",
            place=_PLACE,
        )
    oldest = None
    if inspect(connection).has_table(schema_promise.name):
        oldest = connection.execute(select(func.max(schema_promise.c.oldest_program))).scalar_one()
    if oldest is None or oldest > head:
        raise ConfigurationError(
            f"a newer version made the schema (revision {current}); install that version", place=_PLACE
        )


def _refuse_lost(connection: Connection, current: str | None) -> None:
    if current is None and inspect(connection).has_table(outbox.name):
        raise ConfigurationError(
            "the tables are there, but not which version made them (alembic_version is lost); "
            "restore the backup",
            place=_PLACE,
        )


def _refuse_without_triggers(connection: Connection) -> None:
    """Copies that were made row by row lack them: no reminder would ever be due."""
    if lost := _lost_triggers(connection):
        raise ConfigurationError(
            f"the triggers on {invitations.name} are lost or switched off ({', '.join(lost)});"
            " run: haochaping db upgrade",
            place=_PLACE,
        )


def _lost_triggers(connection: Connection) -> list[str]:
    at_work = set(connection.execute(_TRIGGERS_AT_WORK[connection.dialect.name]).scalars())
    return [name for name in TRIGGERS if name not in at_work]


def _upgrade(connection: Connection, copied: object) -> _Step:
    """The next step: an empty database's whole schema, or one revision, or some of what it copies before."""
    if connection.dialect.name == "postgresql":
        # Whoever waits for a table makes everybody else wait behind.
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    before, head = _revisions(connection)
    if before is not None and not _knows(before):
        _require_promise(connection, before, head)
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
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _after(revision: str) -> Script:
    """The next revision; they stand in one line."""
    (script,) = (one for one in _scripts().walk_revisions() if one.down_revision == revision)
    return script


def _mend_triggers(connection: Connection) -> None:
    """Make anew what was lost, and what they should have kept meanwhile."""
    if lost := _lost_triggers(connection):
        _scripts().get_revision("0018").module.make_anew(connection)
        log.warning("triggers_mended", table=invitations.name, lost=lost)


def _knows(revision: str) -> bool:
    return any(script.revision == revision for script in _scripts().walk_revisions())


def _current(connection: Connection) -> str | None:
    try:
        return MigrationContext.configure(connection).get_current_revision()
    except CommandError:
        raise ConfigurationError(
            "alembic_version names several revisions; restore the backup", place=_PLACE
        ) from None


@cache
def _scripts() -> ScriptDirectory:
    """What the package brings along; it does not change while it runs."""
    return ScriptDirectory.from_config(_config())


def _head() -> str:
    head = _scripts().get_current_head()
    if head is None:
        raise LookupError("the package has no migrations")
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
