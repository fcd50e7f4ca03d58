"""Migrations lead to exactly the schema that the code works with."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gateway.adapters.database import migrations
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import metadata


def test_there_is_one_head() -> None:
    """Two developers' migrations do not fork the schema, and all of them form one line."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)

    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


async def test_migrations_make_the_schema_of_the_tables(database: SqlDatabase) -> None:
    """A migrated database differs in nothing, types and indexes included, on either engine."""

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with database.engine.connect() as connection:
        found = await connection.run_sync(differences)

    assert found == []
