"""Lists of follow-ups: page by page by key, so that the last page costs what the first does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, select, tuple_

from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.follow_ups import follow_up_of
from gateway.adapters.database.tables import evaluations, follow_ups
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.listing import FollowUpFilter, ListedFollowUp, ListedPage, Place
from gateway.domain.subjects import Subject

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection

_F: Final = follow_ups.c
_E: Final = evaluations.c
_IS_OPEN: Final = _F.state != literal_column("'closed'")
_CHUNKS: Final = (2_000, 48_000)
"""How many are looked through for a page; most pages are full after the first few."""


class SqlFollowUpLists:
    """The port `FollowUpLists`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def page(self, wanted: FollowUpFilter, after: Place | None, limit: int) -> ListedPage:
        """So many behind a place."""
        if wanted.subject_code or wanted.level is not None:
            return await self._looked_through(wanted, after, limit)
        found: list[ListedFollowUp] = []
        for part in _parts(wanted, after):
            if len(found) < limit:
                found += await self._rows(wanted, part, limit - len(found))
        return ListedPage(tuple(found))

    async def open_counts(self) -> Mapping[FollowUpState, int]:
        """How many there are in each state but closed."""
        found = await self._connection.execute(
            select(_F.state, func.count().label("many")).where(_IS_OPEN).group_by(_F.state)
        )
        return {row["state"]: row["many"] for row in found.mappings()}

    async def _looked_through(self, wanted: FollowUpFilter, after: Place | None, limit: int) -> ListedPage:
        """Chunk by chunk: of what nobody rated, all follow-ups that there ever were would be read."""
        found: list[ListedFollowUp] = []
        for part in _parts(wanted, after):
            begin = part.begin
            for size in _CHUNKS:
                end = await self._end(wanted, _Part(part.is_owed, begin), size)
                chunk = _Part(part.is_owed, begin, end)
                found += await self._rows(wanted, chunk, limit - len(found))
                if len(found) == limit:
                    return ListedPage(tuple(found))
                if end is None:
                    break
                begin = end
            else:
                return ListedPage(tuple(found), begin)
        return ListedPage(tuple(found))

    async def _end(self, wanted: FollowUpFilter, part: _Part, size: int) -> Place | None:
        """Where a chunk of this size ends; None when there are not so many."""
        places = select(_F.due_at, _F.opened_at, _F.follow_up_id).where(*_of_follow_up(wanted))
        row = (await self._connection.execute(part.of(places).offset(size - 1).limit(1))).first()
        return None if row is None else Place(row.due_at, row.opened_at, row.follow_up_id)

    async def _rows(self, wanted: FollowUpFilter, part: _Part, limit: int) -> list[ListedFollowUp]:
        subject = (_E.subject_kind, _E.subject_code, _E.subject_name)
        statement = (
            select(follow_ups, *subject, _E.level, _E.channel)
            .join(evaluations, _E.evaluation_id == _F.evaluation_id)
            .where(*_of_follow_up(wanted), *_of_rating(wanted))
        )
        found = await self._connection.execute(part.of(statement).limit(limit))
        return [_listed(row) for row in found.mappings()]


@dataclass(frozen=True, slots=True)
class _Part:
    """What is owed, or all others, between two places."""

    is_owed: bool
    begin: Place | None
    end: Place | None = None

    def of(self, statement: Select[Any]) -> Select[Any]:
        """The rows of this part, in its order."""
        if self.is_owed:
            place = tuple_(_F.due_at, _F.follow_up_id)
            begin = [] if self.begin is None else [place > _key(self.begin.due_at, self.begin)]
            end = [] if self.end is None else [place <= _key(self.end.due_at, self.end)]
            return statement.where(_F.due_at.is_not(None), *begin, *end).order_by(_F.due_at, _F.follow_up_id)
        place = tuple_(_F.opened_at, _F.follow_up_id)
        begin = [] if self.begin is None else [place < _key(self.begin.opened_at, self.begin)]
        end = [] if self.end is None else [place >= _key(self.end.opened_at, self.end)]
        newest_first = (_F.opened_at.desc(), _F.follow_up_id.desc())
        return statement.where(_F.due_at.is_(None), *begin, *end).order_by(*newest_first)


def _parts(wanted: FollowUpFilter, after: Place | None) -> Iterator[_Part]:
    """The parts of the list that lie behind a place."""
    within_owed = after is None or after.due_at is not None
    if within_owed:
        yield _Part(is_owed=True, begin=after)
    if wanted.overdue_at is None:
        yield _Part(is_owed=False, begin=None if within_owed else after)


def _key(at: Any, place: Place) -> ColumnElement[Any]:  # noqa: ANN401 - a moment that mypy takes for an option
    return tuple_(literal(at, Moment()), literal(place.follow_up_id))


def _of_follow_up(wanted: FollowUpFilter) -> list[ColumnElement[bool]]:
    """What is asked of the follow-up: indexes lead to it."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.agency_code:
        conditions.append(_F.agency_code == wanted.agency_code)
    if wanted.state is not None:
        conditions.append(_F.state == wanted.state)
        if wanted.state is not FollowUpState.CLOSED:
            # Spelt out, lest those few are looked for among all that were ever closed.
            conditions.append(_IS_OPEN)
    if wanted.since is not None:
        conditions.append(_F.opened_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(_F.opened_at < wanted.until)
    if wanted.overdue_at is not None:
        conditions.append(_F.due_at < wanted.overdue_at)
    return conditions


def _of_rating(wanted: FollowUpFilter) -> list[ColumnElement[bool]]:
    """What is asked of the rating."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.subject_code:
        conditions.append(_E.subject_code == wanted.subject_code)
    if wanted.level is not None:
        conditions.append(_E.level == wanted.level)
    return conditions


def _listed(row: RowMapping) -> ListedFollowUp:
    return ListedFollowUp(
        follow_up=follow_up_of(row),
        due_at=row["due_at"],
        subject=Subject(row["subject_kind"], row["subject_code"], row["subject_name"]),
        level=row["level"],
        channel=row["channel"],
    )
