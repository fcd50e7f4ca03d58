"""Rows of follow-ups."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from gateway.adapters.database.tables import follow_ups
from gateway.domain.follow_ups import FollowUp

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection
    from gateway.domain.ids import EvaluationId, FollowUpId

_COLUMNS = tuple(field.name for field in fields(FollowUp))


class SqlFollowUps:
    """The port `FollowUps`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def add(self, new: Sequence[FollowUp]) -> None:
        """New follow-ups."""
        if new:
            await self._connection.execute(insert(follow_ups), [asdict(follow_up) for follow_up in new])

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """One follow-up."""
        found = await self._connection.execute(
            select(follow_ups).where(follow_ups.c.follow_up_id == follow_up_id)
        )
        row = found.mappings().first()
        return None if row is None else _follow_up(row)

    async def of_evaluations(self, evaluation_ids: Collection[EvaluationId]) -> list[FollowUp]:
        """The follow-ups of these evaluations."""
        found = await self._connection.execute(
            select(follow_ups)
            .where(follow_ups.c.evaluation_id.in_(evaluation_ids))
            .order_by(follow_ups.c.opened_at, follow_ups.c.follow_up_id)
        )
        return [_follow_up(row) for row in found.mappings()]


def _follow_up(row: RowMapping) -> FollowUp:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    return FollowUp(**values)
