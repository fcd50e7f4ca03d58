"""Lists of follow-ups: page by page by key, so that the last page costs what the first does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select

from gateway.adapters.database.follow_ups import follow_up_of
from gateway.adapters.database.tables import evaluations, follow_ups
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.listing import FollowUpFilter, ListedFollowUp, Place
from gateway.domain.subjects import Subject

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection

_F: Final = follow_ups.c
_E: Final = evaluations.c
_CLOSED: Final[ColumnElement[str]] = literal_column("'closed'")


class SqlFollowUpLists:
    """The port `FollowUpLists`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def page(self, wanted: FollowUpFilter, after: Place | None, limit: int) -> list[ListedFollowUp]:
        """So many behind a place."""
        statement = _asked(wanted)
        found: list[ListedFollowUp] = []
        if after is None or after.due_at is not None:
            found = await self._rows(_owed(statement, after).limit(limit))
            after = None
        if len(found) < limit and wanted.overdue_at is None:
            found += await self._rows(_not_owed(statement, after).limit(limit - len(found)))
        return found

    async def open_counts(self) -> Mapping[FollowUpState, int]:
        """How many there are in each state but closed."""
        found = await self._connection.execute(
            select(_F.state, func.count().label("many")).where(_F.state != _CLOSED).group_by(_F.state)
        )
        return {row["state"]: row["many"] for row in found.mappings()}

    async def _rows(self, statement: Select[Any]) -> list[ListedFollowUp]:
        return [_listed(row) for row in (await self._connection.execute(statement)).mappings()]


def _asked(wanted: FollowUpFilter) -> Select[Any]:
    subject = (_E.subject_kind, _E.subject_code, _E.subject_name)
    statement = select(follow_ups, *subject, _E.level, _E.channel).join(
        evaluations, _E.evaluation_id == _F.evaluation_id
    )
    conditions: list[ColumnElement[bool]] = []
    if wanted.agency_code:
        conditions.append(_F.agency_code == wanted.agency_code)
    if wanted.subject_code:
        conditions.append(_E.subject_code == wanted.subject_code)
    if wanted.state is not None:
        conditions.append(_F.state == wanted.state)
    if wanted.level is not None:
        conditions.append(_E.level == wanted.level)
    if wanted.since is not None:
        conditions.append(_F.opened_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_F.opened_at < wanted.until)
    if wanted.overdue_at is not None:
        conditions.append(_F.due_at < wanted.overdue_at)
    return statement.where(*conditions)


def _owed(statement: Select[Any], after: Place | None) -> Select[Any]:
    if after is not None:
        statement = statement.where(
            or_(
                _F.due_at > after.due_at,
                and_(_F.due_at == after.due_at, _F.follow_up_id > after.follow_up_id),
            )
        )
    return statement.where(_F.due_at.is_not(None)).order_by(_F.due_at, _F.follow_up_id)


def _not_owed(statement: Select[Any], after: Place | None) -> Select[Any]:
    if after is not None:
        statement = statement.where(
            or_(
                _F.opened_at < after.opened_at,
                and_(_F.opened_at == after.opened_at, _F.follow_up_id < after.follow_up_id),
            )
        )
    return statement.where(_F.due_at.is_(None)).order_by(_F.opened_at.desc(), _F.follow_up_id.desc())


def _listed(row: RowMapping) -> ListedFollowUp:
    return ListedFollowUp(
        follow_up=follow_up_of(row),
        due_at=row["due_at"],
        subject=Subject(row["subject_kind"], row["subject_code"], row["subject_name"]),
        level=row["level"],
        channel=row["channel"],
    )
