"""The order in which evaluations are listed where several nodes write at once.

PostgreSQL numbers a row when it is written, and others see it when it is committed: a reader that goes by
that number may pass by a row that was written early and committed late. So a row gets its position once it
can be seen, from whoever lists next, one at a time. SQLite has one writer; there the row's own number does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import exists, select, text

from gateway.adapters.database.advisory_locks import AdvisoryLock
from gateway.adapters.database.tables import evaluations

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from gateway.adapters.database.writing import SqlConnection

_BATCH: Final = 2000
_WAITING: Final = select(exists().where(evaluations.c.position.is_(None)))
# Behind the last position and never below the row's number: those numbers were positions once. A row that
# somebody revises at this moment is left for the next time.
_PLACE: Final = text("""
    WITH batch AS (
        SELECT recorded_no FROM evaluations WHERE position IS NULL
        ORDER BY recorded_no LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED
    ), counted AS (
        SELECT recorded_no, row_number() OVER (ORDER BY recorded_no) AS nth FROM batch
    ), placed AS (
        SELECT recorded_no, nth + greatest(
            (SELECT coalesce(max(position), 0) FROM evaluations),
            max(recorded_no - nth) OVER (ORDER BY recorded_no)
        ) AS position FROM counted
    )
    UPDATE evaluations SET position = placed.position
    FROM placed WHERE evaluations.recorded_no = placed.recorded_no
""")


async def position_to_list_by(connection: SqlConnection) -> ColumnElement[int]:
    """The column to page by, once everything that can be seen has its place."""
    if connection.dialect.name == "sqlite":
        return evaluations.c.recorded_no
    if (await connection.execute(_WAITING)).scalar_one():
        # The lock goes with the commit, after which the next one sees these positions.
        await connection.execute(AdvisoryLock.POSITIONING.taken)
        while (await connection.execute(_PLACE, {"batch": _BATCH})).rowcount == _BATCH:
            pass
    return evaluations.c.position
