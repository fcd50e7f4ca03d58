"""Migrations lead to exactly the schema that the code works with."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from gateway.adapters.database import migrations
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.invitations import _CHANGING
from gateway.adapters.database.tables import invitations, metadata


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


def test_no_index_of_invitations_holds_what_changes() -> None:
    """PostgreSQL would write an entry into every index for each reminder and each rating."""
    indexed = {column.name for index in invitations.indexes for column in index.columns}
    conditions = [str(index.dialect_options["postgresql"]["where"]) for index in invitations.indexes]

    assert not indexed & set(_CHANGING)
    assert not [name for name in _CHANGING for condition in conditions if name in condition]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_pages_of_invitations_have_room_for_changes(database: SqlDatabase) -> None:
    """A row that finds none in its page moves, and has an entry in every index after all."""
    options = text("SELECT reloptions FROM pg_class WHERE oid = 'invitations'::regclass")
    async with database.reading_engine.connect() as connection:
        assert (await connection.execute(options)).scalar_one() == ["fillfactor=60"]
