"""Samples that were drawn, and counts of what repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, Integer, Select, String, Table, Text, case, func, insert, select

from gateway.adapters.database.column_types import JsonObject, Moment
from gateway.adapters.database.tables import evaluations, follow_ups, metadata
from gateway.application.ports.database.oversight import Repeat, RepeatKind
from gateway.domain.bureau.sampling import Sample
from gateway.domain.figures.month import Month
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection
    from gateway.domain.ids import FollowUpId

samples = Table(
    "samples",
    metadata,
    Column("sample_id", String(32), primary_key=True),
    Column("drawn_at", Moment, nullable=False),
    Column("drawn_by", String(64), nullable=False),
    Column("seed", String(64), nullable=False),
    Column("month", String(7), nullable=False),
    Column("agency_code", Text, nullable=False),
    Column("population", Integer, nullable=False),
    Column("population_digest", String(64), nullable=False),
    Column("follow_up_ids", JsonObject, nullable=False),
)
"""What was drawn for spot checks; what came of them is in the histories of the follow-ups."""

_F: Final = follow_ups.c
_E: Final = evaluations.c
_DONE: Final = (
    FollowUpState.RECTIFIED,
    FollowUpState.CITIZEN_TOLD,
    FollowUpState.NOT_ADOPTED,
    FollowUpState.BUREAU_INFORMED,
    FollowUpState.CLOSED,
)
_MOST: Final = 100


class SqlOversight:
    """The port `Oversight`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def judged(self, since: datetime, until: datetime, agency_code: str) -> list[FollowUpId]:
        """Follow-ups with a verdict that owe nothing."""
        statement = (
            select(_F.follow_up_id)
            .where(_F.opened_at >= since, _F.opened_at < until, _F.state.in_(_DONE))
            .order_by(_F.follow_up_id)
        )
        if agency_code:
            statement = statement.where(_F.agency_code == agency_code)
        return list((await self._connection.execute(statement)).scalars())

    async def add_sample(self, sample: Sample) -> None:
        """Keep what was drawn."""
        row = {column.name: getattr(sample, column.name) for column in samples.columns}
        row |= {"month": str(sample.month), "follow_up_ids": list(sample.follow_up_ids)}
        await self._connection.execute(insert(samples), row)

    async def sample(self, sample_id: str) -> Sample | None:
        """One sample."""
        found = await self._samples(select(samples).where(samples.c.sample_id == sample_id))
        return found[0] if found else None

    async def samples(self, limit: int) -> list[Sample]:
        """The newest."""
        return await self._samples(select(samples).order_by(samples.c.drawn_at.desc()).limit(limit))

    async def repeats(
        self, kind: RepeatKind, since: datetime, at_least: int, now: datetime
    ) -> Sequence[Repeat]:
        """Whoever was rated badly at least so often."""
        keys: tuple[Any, ...] = {
            RepeatKind.AGENCY: (_F.agency_code,),
            RepeatKind.ITEM: (_E.subject_code,),
            RepeatKind.STAFF: (_F.agency_code, _E.subject_code),
        }[kind]
        bad = func.count()
        overdue = func.sum(case((_F.due_at < now, 1), else_=0))
        statement = (
            select(*keys, func.max(_E.subject_name).label("name"), bad.label("bad"), overdue.label("overdue"))
            .join(evaluations, _E.evaluation_id == _F.evaluation_id)
            .where(_F.opened_at >= since, _E.adopted)
            .group_by(*keys)
            .having(bad >= at_least)
            .order_by(bad.desc(), *keys)
            .limit(_MOST)
        )
        if kind is not RepeatKind.AGENCY:
            statement = statement.where(_E.subject_kind == SubjectKind(kind.value))
        found = await self._connection.execute(statement)
        return [_repeat(row, named=kind is not RepeatKind.AGENCY) for row in found.mappings()]

    async def _samples(self, statement: Select[Any]) -> list[Sample]:
        return [_sample(row) for row in (await self._connection.execute(statement)).mappings()]


def _repeat(row: RowMapping, *, named: bool) -> Repeat:
    agency_code = row.get("agency_code", "")
    return Repeat(
        agency_code=agency_code,
        code=row["subject_code"] if named else agency_code,
        name=row["name"] if named else "",
        bad=row["bad"],
        overdue=int(row["overdue"]),
    )


def _sample(row: RowMapping) -> Sample:
    values: dict[str, Any] = dict(row)
    values |= {"month": Month.read(row["month"]), "follow_up_ids": tuple(row["follow_up_ids"])}
    return Sample(**values)
