"""The embedded core store's own table, in the same database engine as everything else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import CursorResult, Row, literal, select, tuple_

from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.dialects import insert_or_ignore
from gateway.adapters.database.faults import translated
from gateway.adapters.database.tables import stored_evaluations
from gateway.application.ports.evaluation_shelf import ShelfPlace, StoredRevision
from gateway.domain.ids import EvaluationId

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from gateway.application.ports.clock import Clock
    from gateway.domain.documents import Document

_PLACE = (
    stored_evaluations.c.stored_at,
    stored_evaluations.c.evaluation_id,
    stored_evaluations.c.revision,
)


class SqlEvaluationShelf:
    """The port `EvaluationShelf` on the table `stored_evaluations`.

    `reading` is the engine that never waits for writers; `writing` serves for both where there is one.
    """

    def __init__(self, writing: AsyncEngine, clock: Clock, reading: AsyncEngine | None = None) -> None:
        self._writing = writing
        self._reading = reading or writing
        self._clock = clock

    async def put(self, evaluation_id: EvaluationId, revision: int, document: Document) -> bool:
        """Insert unless the key exists: the primary key decides, so that two at once store one."""
        with translated():
            async with self._writing.begin() as connection:
                result = await connection.execute(
                    insert_or_ignore(connection, stored_evaluations).values(
                        evaluation_id=evaluation_id,
                        revision=revision,
                        document=document,
                        stored_at=self._clock.now(),
                    )
                )
        return cast("CursorResult[Any]", result).rowcount == 1

    async def newest(self, limit: int, before: ShelfPlace | None = None) -> list[StoredRevision]:
        """One page by key, so that a page costs the same however far back it is."""
        query = select(stored_evaluations).order_by(*(column.desc() for column in _PLACE)).limit(limit)
        if before is not None:
            place = (literal(before.stored_at, Moment()), before.evaluation_id, before.revision)
            query = query.where(tuple_(*_PLACE) < tuple_(*place))
        with translated():
            async with self._reading.connect() as connection:
                return _revisions(await connection.execute(query))

    async def get(self, evaluation_id: EvaluationId) -> list[StoredRevision]:
        """By the primary key."""
        query = (
            select(stored_evaluations)
            .where(stored_evaluations.c.evaluation_id == evaluation_id)
            .order_by(stored_evaluations.c.revision)
        )
        with translated():
            async with self._reading.connect() as connection:
                return _revisions(await connection.execute(query))


def _revisions(rows: Iterable[Row[Any]]) -> list[StoredRevision]:
    return [
        StoredRevision(
            ShelfPlace(row.stored_at, EvaluationId(row.evaluation_id), row.revision), dict(row.document)
        )
        for row in rows
    ]
