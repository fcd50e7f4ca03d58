"""The outbox as operators see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Update,
    and_,
    case,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
    update,
)

from gateway.adapters.database.tables import DEAD, PENDING, outbox
from gateway.application.ports.database import OutboxLevel, OutboxRow
from gateway.domain.outbox import TEXT_KINDS, OutboxEntry, OutboxKind, OutboxState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.database import Chosen

_payload = outbox.c.payload
_letter = _payload["letter"].as_string()
_FIRST_LETTER = "opened"
_PURPOSE: ColumnElement[str] = case(
    (outbox.c.kind.in_([kind.value for kind in TEXT_KINDS]), func.coalesce(_payload["kind"].as_string(), "")),
    (outbox.c.kind != OutboxKind.EMAIL.value, ""),
    (_payload["digest"].as_string().is_not(None), "digest"),
    # One reader's copy of a letter is for what the letter is for.
    (_letter == "rest", func.coalesce(_payload["of"]["letter"].as_string(), _FIRST_LETTER)),
    else_=func.coalesce(_letter, _FIRST_LETTER),
)
_ENTRY = (
    outbox.c.kind,
    outbox.c.key,
    outbox.c.payload,
    outbox.c.due_at,
    outbox.c.created_at,
    outbox.c.order_key,
    outbox.c.expires_at,
)
_SHOWN = (
    outbox.c.outbox_id,
    outbox.c.kind,
    _PURPOSE.label("purpose"),
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

    async def rows(
        self, state: OutboxState, kind: str | None, limit: int, purpose: str | None = None
    ) -> list[OutboxRow]:
        """Entries in a state, oldest first."""
        # Spelt out: an engine uses a partial index only where it sees the value.
        is_so = outbox.c.state == literal_column(f"'{state.value}'")
        statement = select(*_SHOWN).where(is_so).order_by(outbox.c.outbox_id).limit(limit)
        if kind is not None:
            statement = statement.where(outbox.c.kind == kind)
        if purpose is not None:
            statement = statement.where(_PURPOSE.in_([purpose]))
        found = await self._connection.execute(statement)
        return [OutboxRow(**row) for row in found.mappings()]

    async def levels(self) -> list[OutboxLevel]:
        """Counts of what waits and what is dead, each from an index that holds nothing else."""
        found = await self._connection.execute(_LEVELS)
        levels = [OutboxLevel(**row) for row in found.mappings()]
        return sorted(levels, key=lambda level: (level.kind, level.state.value))

    async def revive(self, chosen: Chosen, now: datetime) -> int:
        """Make dead entries pending again."""
        statement = _dead(chosen).values(
            state=OutboxState.PENDING, due_at=now, created_at=now, settled_at=None
        )
        return (await self._connection.execute(statement)).rowcount

    async def drop(
        self, chosen: Chosen, now: datetime, spared: Collection[tuple[OutboxKind, str]] = ()
    ) -> list[OutboxEntry]:
        """Let dead entries rest."""
        statement = _but_for(spared, _dead(chosen)).values(state=OutboxState.DROPPED, settled_at=now)
        dropped = await self._connection.execute(statement.returning(*_ENTRY))
        return [_entry(row) for row in dropped.mappings()]

    async def give_up(
        self,
        kind: OutboxKind,
        until: datetime,
        now: datetime,
        why: str,
        spared: Collection[tuple[OutboxKind, str]] = (),
    ) -> list[OutboxEntry]:
        """A lease that is still held is broken, so that its holder settles nothing.

        What was never tried may have been hastened since, whenever it is due now.
        """
        given_up = await self._connection.execute(
            _but_for(spared, update(outbox))
            .where(
                outbox.c.state == PENDING,
                outbox.c.kind == kind.value,
                or_(outbox.c.due_at <= until, outbox.c.lease.is_not(None), outbox.c.attempts == 0),
            )
            .values(state=OutboxState.DEAD, lease=None, settled_at=now, last_error=why)
            .returning(*_ENTRY)
        )
        return [_entry(row) for row in given_up.mappings()]


def _dead(chosen: Chosen) -> Update:
    statement = update(outbox).where(outbox.c.state == DEAD)
    if chosen.outbox_ids is not None:
        statement = statement.where(outbox.c.outbox_id.in_(chosen.outbox_ids))
    if chosen.kinds is not None:
        statement = statement.where(outbox.c.kind.in_(chosen.kinds))
    if chosen.purposes is not None:
        statement = statement.where(_PURPOSE.in_(chosen.purposes))
    return statement


def _but_for(spared: Collection[tuple[OutboxKind, str]], statement: Update) -> Update:
    for kind, purpose in spared:
        statement = statement.where(not_(and_(outbox.c.kind == kind.value, _PURPOSE.in_([purpose]))))
    return statement


def _entry(row: RowMapping) -> OutboxEntry:
    return OutboxEntry(**{**row, "kind": OutboxKind(row["kind"])})
