"""Figures, counted by the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, literal, select, tuple_

from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.evaluation_spans import given_within
from gateway.adapters.database.follow_ups import follow_up_of, step_without_words
from gateway.adapters.database.key_sets import among_these
from gateway.adapters.database.past_calls import past_count
from gateway.adapters.database.tables import (
    REMINDER,
    calls,
    evaluations,
    follow_up_steps,
    follow_ups,
    sent_messages,
)
from gateway.application.ports.database.figures import Response
from gateway.domain.calls import CallEnding
from gateway.domain.channels import Channel
from gateway.domain.evaluations import ADDITIONAL
from gateway.domain.figures.tallies import Dimension, Group, Place, Tally
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.domain.follow_ups import FollowUp
    from gateway.domain.handling.history import FollowUpStep
    from gateway.domain.levels import Level

_PAGE: Final = 500
_ASKED: Final = (CallEnding.RATED, CallEnding.PARTIAL, CallEnding.ABANDONED, CallEnding.NO_INPUT)
_ANSWERED: Final = (CallEnding.RATED, CallEnding.PARTIAL)
_E = evaluations.c
_RATERS: Final = func.count(distinct(func.coalesce(_E.invitation_id, _E.evaluation_id)))
"""Who rates twice, or for a whole batch, does so by one invitation."""
_KEYS: Final[dict[Dimension, tuple[ColumnElement[Any], ...]]] = {
    Dimension.REGION: (_E.region_code,),
    Dimension.AGENCY: (_E.agency_code,),
    Dimension.ITEM: (_E.subject_code,),
    # Numbers of staff are an agency's own.
    Dimension.STAFF: (_E.agency_code, _E.subject_code),
    Dimension.CHANNEL: (_E.channel,),
}
_PLACE: Final = (_E.region_code.label("of_region"), _E.agency_code.label("of_agency"))
_SUBJECTS: Final = {Dimension.ITEM: SubjectKind.ITEM, Dimension.STAFF: SubjectKind.STAFF}


class SqlFigures:
    """The port `Figures`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def ratings(self, since: datetime, until: datetime) -> Tally:
        """All ratings given."""
        found = await self._connection.execute(_counted((), since, until))
        return Tally({row["level"]: row["count"] for row in found.mappings()})

    async def additional(self, since: datetime, until: datetime) -> int:
        """How many of them were additional evaluations."""
        found = await self._connection.execute(
            select(func.count()).where(_adopted(since, until), _E.sequence == ADDITIONAL)
        )
        count: int = found.scalar_one()
        return count

    async def raters(self, since: datetime, until: datetime) -> int:
        """How many people gave them."""
        return await self._count(select(_RATERS).where(_adopted(since, until)))

    async def groups(self, dimension: Dimension, since: datetime, until: datetime) -> list[Group]:
        """Ratings by county, agency, item, staff member or channel."""
        keys = _KEYS[dimension]
        counted = _counted(keys, since, until)
        asked = select(*keys, *_PLACE, _RATERS).where(_adopted(since, until)).group_by(*keys, *_PLACE)
        if dimension in _SUBJECTS:
            counted = counted.where(_E.subject_kind == _SUBJECTS[dimension])
            asked = asked.where(_E.subject_kind == _SUBJECTS[dimension])
        counts: dict[str, dict[Level, int]] = {}
        names: dict[str, str] = {}
        for row in await self._connection.execute(counted):
            *parts, level, count, name = tuple(row)
            key = _key(parts)
            counts.setdefault(key, {})[level] = count
            names[key] = max(names.get(key, ""), name)
        raters: dict[str, dict[Place, int]] = {}
        for row in await self._connection.execute(asked):
            *parts, region_code, agency_code, people = tuple(row)
            raters.setdefault(_key(parts), {})[Place(region_code, agency_code)] = people
        named = dimension in _SUBJECTS
        return [
            Group(key, names[key] if named else key, Tally(tally), raters.get(key, {}))
            for key, tally in counts.items()
        ]

    async def responses(self, since: datetime, until: datetime) -> list[Response]:
        """How many callers and texted citizens rated."""
        reminded = (
            sent_messages.c.kind == REMINDER,
            sent_messages.c.sent_at >= since,
            sent_messages.c.sent_at < until,
        )
        by_text = exists().where(
            _E.invitation_id == sent_messages.c.invitation_id, _E.channel == Channel.SMS, _E.adopted
        )
        return [
            Response(
                Channel.PHONE,
                await self._calls(since, until, _ASKED),
                await self._calls(since, until, _ANSWERED),
            ),
            Response(
                Channel.SMS,
                await self._count(select(func.count()).where(*reminded)),
                await self._count(select(func.count()).where(*reminded, by_text)),
            ),
        ]

    async def follow_ups(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[FollowUp, Sequence[FollowUpStep]]]:
        """Follow-ups opened, with their histories without words."""
        place = (follow_ups.c.opened_at, follow_ups.c.follow_up_id)
        pages = (
            select(follow_ups)
            .where(follow_ups.c.opened_at >= since, follow_ups.c.opened_at < until)
            .order_by(*place)
            .limit(_PAGE)
        )
        statement = pages
        while True:
            found = await self._connection.execute(statement)
            page = [follow_up_of(row) for row in found.mappings()]
            if not page:
                return
            histories = await self._histories([follow_up.follow_up_id for follow_up in page])
            for follow_up in page:
                yield follow_up, histories.get(follow_up.follow_up_id, [])
            last = (literal(page[-1].opened_at, Moment()), literal(page[-1].follow_up_id))
            statement = pages.where(tuple_(*place) > tuple_(*last))

    async def _histories(self, ids: Sequence[str]) -> dict[str, list[FollowUpStep]]:
        found = await self._connection.execute(
            select(follow_up_steps)
            .where(among_these(follow_up_steps.c.follow_up_id, ids))
            .order_by(follow_up_steps.c.follow_up_id, follow_up_steps.c.number)
        )
        histories: dict[str, list[FollowUpStep]] = {}
        for row in found.mappings():
            histories.setdefault(row["follow_up_id"], []).append(step_without_words(row))
        return histories

    async def _calls(self, since: datetime, until: datetime, endings: Sequence[CallEnding]) -> int:
        """Calls that began within the span and ended so, those too that are erased by now."""
        kept = select(func.count()).where(
            calls.c.started_at >= since,
            calls.c.started_at < until,
            # They ended after they began, so that the index of ends bounds what is read.
            calls.c.ended_at >= since,
            calls.c.ending.in_(endings),
        )
        # In one statement, lest one that is erased meanwhile counts twice or never.
        return int(await self._count(select(kept.scalar_subquery() + past_count(since, until, endings))))

    async def _count(self, statement: Select[Any]) -> int:
        count: int = (await self._connection.execute(statement)).scalar_one()
        return count


def _adopted(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(_E.adopted, _E.level.is_not(None), given_within(since, until))


def _key(parts: Sequence[Any]) -> str:
    return " ".join(part.value if isinstance(part, Channel) else part for part in parts)


def _counted(keys: tuple[ColumnElement[Any], ...], since: datetime, until: datetime) -> Select[Any]:
    """Counts by these columns and by level, with the greatest name there is."""
    columns = [*keys, _E.level, func.count().label("count"), func.max(_E.subject_name).label("name")]
    return select(*columns).where(_adopted(since, until)).group_by(*keys, _E.level)
