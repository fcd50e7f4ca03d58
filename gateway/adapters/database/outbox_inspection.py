"""The outbox as operators see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from gateway.adapters.database.tables import DEAD, PENDING, outbox
from gateway.application.ports.database import OutboxLevel, OutboxRow
from gateway.domain.outbox import OutboxState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.domain.ids import OutboxId

_SHOWN = (
    outbox.c.outbox_id,
    outbox.c.kind,
    outbox.c.key,
    outbox.c.state,
    outbox.c.due_at,
    outbox.c.created_at,
    outbox.c.attempts,
    outbox.c.last_error,
)


class SqlOutboxInspection:
    """The port `OutboxInspection`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def rows(self, state: OutboxState, kind: str | None, limit: int) -> list[OutboxRow]:
        """Entries in a state, oldest first."""
        statement = select(*_SHOWN).where(outbox.c.state == state).order_by(outbox.c.outbox_id).limit(limit)
        if kind is not None:
            statement = statement.where(outbox.c.kind == kind)
        found = await self._connection.execute(statement)
        return [OutboxRow(**row) for row in found.mappings()]

    async def levels(self) -> list[OutboxLevel]:
        """Counts of what waits and what is dead."""
        found = await self._connection.execute(
            select(
                outbox.c.kind,
                outbox.c.state,
                func.count().label("count"),
                func.min(outbox.c.created_at).label("oldest_at"),
            )
            .where(outbox.c.state.in_([PENDING, DEAD]))
            .group_by(outbox.c.kind, outbox.c.state)
            .order_by(outbox.c.kind, outbox.c.state)
        )
        return [OutboxLevel(**row) for row in found.mappings()]

    async def revive(self, outbox_ids: Collection[OutboxId] | None, now: datetime) -> int:
        """Make dead entries pending again."""
        statement = (
            update(outbox)
            .where(outbox.c.state == DEAD)
            .values(state=OutboxState.PENDING, due_at=now, created_at=now, settled_at=None)
        )
        if outbox_ids is not None:
            statement = statement.where(outbox.c.outbox_id.in_(outbox_ids))
        revived = await self._connection.execute(statement)
        return revived.rowcount
