"""How many calls there were that are erased by now: figures of a month stay what they were (R-14)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, ColumnElement, Integer, ScalarSelect, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.database.column_types import Moment, Named
from gateway.adapters.database.tables import calls, metadata
from gateway.domain.calls import CallEnding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

past_calls = Table(
    "past_calls",
    metadata,
    Column("hour", Moment, primary_key=True),
    Column("ending", Named(CallEnding), primary_key=True),
    Column("count", Integer, nullable=False),
)
"""Ended calls that were erased, by the hour in which they began: months of the city begin with one."""


async def keep_count(connection: AsyncConnection, these: ColumnElement[bool]) -> None:
    """Count calls that are about to be erased in the same transaction."""
    found = await connection.execute(
        select(calls.c.started_at, calls.c.ending).where(these, calls.c.ending.is_not(None))
    )
    counts = Counter(
        (started_at.replace(minute=0, second=0, microsecond=0), ending) for started_at, ending in found
    )
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    # In one order, so that two workers do not wait for each other.
    for hour, ending in sorted(counts, key=_in_order):
        row = insert(past_calls).values(hour=hour, ending=ending, count=counts[hour, ending])
        added = past_calls.c.count + row.excluded.count
        keys = [past_calls.c.hour, past_calls.c.ending]
        await connection.execute(row.on_conflict_do_update(index_elements=keys, set_={"count": added}))


def past_count(since: datetime, until: datetime, endings: Sequence[CallEnding]) -> ScalarSelect[int]:
    """How many began within the span and ended so, to be added to those that are left."""
    return (
        select(func.coalesce(func.sum(past_calls.c.count), 0))
        .where(past_calls.c.hour >= since, past_calls.c.hour < until, past_calls.c.ending.in_(endings))
        .scalar_subquery()
    )


def _in_order(key: tuple[datetime, CallEnding]) -> tuple[datetime, str]:
    return key[0], key[1].value
