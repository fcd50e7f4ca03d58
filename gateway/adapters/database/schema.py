"""Which revision a database's schema has, and whether this version can work with it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import func, inspect, select, text

from gateway.adapters.database.faults import translated
from gateway.adapters.database.tables import TRIGGERS, invitations, outbox, schema_promise
from gateway.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database.engine import SqlDatabase

_PLACE: Final = "database.url"
_TRIGGERS_AT_WORK: Final = {
    "sqlite": text("SELECT name FROM sqlite_master WHERE type = 'trigger'"),
    "postgresql": text(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'invitations'::regclass AND tgenabled IN ('O', 'A')"
    ),
}


async def revisions(database: SqlDatabase) -> tuple[str | None, str]:
    """The revision that the database has (None = no schema yet), and the one that this version needs.

    Raises:
        ConfigurationError: nothing is known of the schema.
        Unavailable: the database did not answer.

    """
    with translated():
        async with database.reading_engine.connect() as connection:
            return await connection.run_sync(revisions_of)


async def require_schema(database: SqlDatabase) -> str:
    """The revision that the database has, if this version can work with it.

    Raises:
        ConfigurationError: it cannot, and what to do.
        Unavailable: the database did not answer.

    """
    with translated():
        async with database.reading_engine.connect() as connection:
            return await connection.run_sync(_required)


def revisions_of(connection: Connection) -> tuple[str | None, str]:
    """See `revisions`."""
    current = _current(connection)
    _refuse_lost(connection, current)
    return current, _head()


def _required(connection: Connection) -> str:
    current, head = revisions_of(connection)
    if current == head:
        _refuse_without_triggers(connection)
        return head
    if current is None or knows(current):
        raise ConfigurationError(
            f"the schema is at {current or 'nothing'}, this version needs {head}; run: haochaping db upgrade",
            place=_PLACE,
        )
    require_promise(connection, current, head)
    return current


def require_promise(connection: Connection, current: str, head: str) -> None:
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
    if lost := lost_triggers(connection):
        raise ConfigurationError(
            f"the triggers on {invitations.name} are lost or switched off ({', '.join(lost)});"
            " run: haochaping db upgrade",
            place=_PLACE,
        )


def lost_triggers(connection: Connection) -> list[str]:
    """Those on invitations that are missing or switched off."""
    at_work = set(connection.execute(_TRIGGERS_AT_WORK[connection.dialect.name]).scalars())
    return [name for name in TRIGGERS if name not in at_work]


def knows(revision: str) -> bool:
    """Whether this version brings that revision along."""
    return any(script.revision == revision for script in scripts().walk_revisions())


def _current(connection: Connection) -> str | None:
    try:
        return MigrationContext.configure(connection).get_current_revision()
    except CommandError:
        raise ConfigurationError(
            "alembic_version names several revisions; restore the backup", place=_PLACE
        ) from None


@cache
def scripts() -> ScriptDirectory:
    """What the package brings along; it does not change while it runs."""
    return ScriptDirectory.from_config(alembic_config())


def _head() -> str:
    head = scripts().get_current_head()
    if head is None:
        raise LookupError("the package has no migrations")
    return head


def alembic_config() -> Config:
    """Where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
