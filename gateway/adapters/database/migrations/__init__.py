"""Carrying the schema to running databases: expand first, contract in a later version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from gateway.adapters.database.engine import translated
from gateway.domain.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database.engine import SqlDatabase

_LOCK: Final = 0x68616F63
"""Any number that no other program on the same PostgreSQL locks by ("haoc")."""


async def upgrade(database: SqlDatabase) -> tuple[str | None, str]:
    """Bring the schema to this version; the revision before and now. One process at a time.

    Raises:
        ConfigurationError: a newer version of this software made the schema.
        Unavailable: the database did not answer.

    """
    with translated():
        async with database.engine.begin() as connection:
            return await connection.run_sync(_upgrade)


async def revisions(database: SqlDatabase) -> tuple[str | None, str]:
    """The revision that the database has (None = no schema yet), and the one that this version needs."""
    with translated():
        async with database.reading_engine.connect() as connection:
            current = await connection.run_sync(_current)
    return current, _head(_config())


async def pending_revision(database: SqlDatabase) -> str | None:
    """The revision this version needs when the database has another; None when it fits."""
    current, head = await revisions(database)
    return None if current == head else head


def _upgrade(connection: Connection) -> tuple[str | None, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    before = _current(connection)
    config = _config()
    config.attributes["connection"] = connection
    if before is not None and not _knows(config, before):
        raise ConfigurationError(
            f"a newer version made the schema (revision {before}); install that version", place="database.url"
        )
    command.upgrade(config, "head")
    return before, _head(config)


def _knows(config: Config, revision: str) -> bool:
    return any(script.revision == revision for script in ScriptDirectory.from_config(config).walk_revisions())


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _head(config: Config) -> str:
    head = ScriptDirectory.from_config(config).get_current_head()
    if head is None:
        raise LookupError("the package has no migrations")
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
