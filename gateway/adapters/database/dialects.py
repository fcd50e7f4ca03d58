"""The one statement that the two engines spell in their own dialects."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from gateway.adapters.database.writing import SqlConnection


@cache
def _insert_or_ignore(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def insert_or_ignore(connection: SqlConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that leaves rows alone whose unique key exists already."""
    return _insert_or_ignore(connection.dialect.name, table)
