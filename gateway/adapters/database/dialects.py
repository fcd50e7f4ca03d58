"""What the two engines spell in their own dialects."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Interval, Table, func, literal, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.database.column_types import Moment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from gateway.adapters.database.writing import SqlConnection


@cache
def _insert_or_ignore(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def insert_or_ignore(connection: SqlConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that leaves rows alone whose unique key exists already."""
    return _insert_or_ignore(connection.dialect.name, table)


def own_time(dialect: str, ahead: timedelta = timedelta()) -> ColumnElement[datetime]:
    """The database's own clock, so much ahead: the server's, or that of the machine that holds the file."""
    if dialect == "sqlite":
        # As long as a stored moment, which has microseconds: the two are compared as text.
        step = f"{ahead.total_seconds():+.3f} seconds"
        return func.strftime("%Y-%m-%d %H:%M:%f000", "now", step, type_=Moment())
    return type_coerce(func.clock_timestamp() + literal(ahead, Interval()), Moment())
