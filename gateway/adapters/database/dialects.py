"""The one statement that the two engines spell in their own dialects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from sqlalchemy import Table

    from gateway.adapters.database.writing import SqlConnection


def insert_or_ignore(connection: SqlConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that leaves rows alone whose unique key exists already."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()
