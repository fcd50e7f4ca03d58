"""The outbox as operators see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, Update, func, literal_column, or_, select, union_all, update

from gateway.adapters.database.tables import DEAD, PENDING, outbox
from gateway.application.ports.database import OutboxLevel, OutboxRow
from gateway.domain.outbox import OutboxKind, OutboxState

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
    outbox.c.carrier,
    outbox.c.tried_at.is_not(None).label("in_doubt"),
    outbox.c.last_error,
)


def _level(state: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    # Not by the plain column: SQLite would walk the index of all keys ever, because that is in its order.
    kind = outbox.c.kind.concat("")
    return (
        select(
            kind.label("kind"),
            func.min(outbox.c.state).label("state"),
            func.count().label("count"),
            func.min(outbox.c.created_at).label("oldest_at"),
        )
        .where(outbox.c.state == state)
        .group_by(kind)
    )


_LEVELS = union_all(_level(PENDING), _level(DEAD))


class SqlOutboxInspection:
    """The port `OutboxInspection`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def rows(self, state: OutboxState, kind: str | None, limit: int) -> list[OutboxRow]:
        """Entries in a state, oldest first."""
        # Spelt out: an engine uses a partial index only where it sees the value.
        is_so = outbox.c.state == literal_column(f"'{state.value}'")
        statement = select(*_SHOWN).where(is_so).order_by(outbox.c.outbox_id).limit(limit)
        if kind is not None:
            statement = statement.where(outbox.c.kind == kind)
        found = await self._connection.execute(statement)
        return [OutboxRow(**row) for row in found.mappings()]

    async def levels(self) -> list[OutboxLevel]:
        """Counts of what waits and what is dead, each from an index that holds nothing else."""
        found = await self._connection.execute(_LEVELS)
        levels = [OutboxLevel(**row) for row in found.mappings()]
        return sorted(levels, key=lambda level: (level.kind, level.state.value))

    async def revive(
        self, outbox_ids: Collection[OutboxId] | None, now: datetime, kind: str | None = None
    ) -> int:
        """Make dead entries pending again."""
        statement = _dead(outbox_ids).values(
            state=OutboxState.PENDING, due_at=now, created_at=now, settled_at=None
        )
        if kind is not None:
            statement = statement.where(outbox.c.kind == kind)
        return (await self._connection.execute(statement)).rowcount

    async def drop(
        self, outbox_ids: Collection[OutboxId] | None, now: datetime, kinds: Collection[str]
    ) -> int:
        """Let dead entries rest."""
        statement = _dead(outbox_ids).where(outbox.c.kind.in_(kinds))
        dropped = await self._connection.execute(statement.values(state=OutboxState.DROPPED, settled_at=now))
        return dropped.rowcount

    async def give_up(self, kind: OutboxKind, until: datetime, now: datetime, why: str) -> int:
        """A lease that is still held is broken, so that its holder settles nothing.

        What was never tried may have been hastened since, whenever it is due now.
        """
        given_up = await self._connection.execute(
            update(outbox)
            .where(
                outbox.c.state == PENDING,
                outbox.c.kind == kind.value,
                or_(outbox.c.due_at <= until, outbox.c.lease.is_not(None), outbox.c.attempts == 0),
            )
            .values(state=OutboxState.DEAD, lease=None, settled_at=now, last_error=why)
        )
        return given_up.rowcount


def _dead(outbox_ids: Collection[OutboxId] | None) -> Update:
    statement = update(outbox).where(outbox.c.state == DEAD)
    return statement if outbox_ids is None else statement.where(outbox.c.outbox_id.in_(outbox_ids))
