"""Counts of signs of pressure and play."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, RowMapping, Select, and_, func, literal_column, or_, select

from gateway.adapters.database.evaluation_spans import given_within
from gateway.adapters.database.key_sets import among_these
from gateway.adapters.database.tables import calls, evaluations, services
from gateway.domain.bureau.signals import Offers, OneNumber, StaffMember
from gateway.domain.levels import Level
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.phone_numbers import PhoneNumber

_E: Final = evaluations.c
_S: Final = services.c
_HOTLINE: Final[ColumnElement[str]] = literal_column("'hotline'")
_A_DAY: Final = timedelta(days=1)
_GOOD: Final = [level for level in Level if not level.is_bad]
_MOST: Final = 100
_PAGE: Final = 2_000


class SqlSignals:
    """The port `Signals`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def offers(self, since: datetime, until: datetime) -> list[Offers]:
        """Hotline calls, and how many led to a rating call."""
        # All that there may be: each began when the talk was over, and no clock is a day behind.
        since_then = or_(calls.c.ended_at >= since - _A_DAY, calls.c.ended_at.is_(None))
        led_on = select(calls.c.service_id, calls.c.visit_no).where(since_then).distinct().subquery()
        theirs = and_(led_on.c.service_id == _S.service_id, led_on.c.visit_no == _S.visit_no)
        found = await self._connection.execute(
            select(
                _S.agency_code.label("agency_code"),
                _S.staff_code.label("code"),
                func.max(_S.staff_name).label("name"),
                func.count().label("calls"),
                func.count(led_on.c.service_id).label("offered"),
            )
            .join_from(services, led_on, theirs, isouter=True)
            .where(
                _S.kind == _HOTLINE,
                _S.staff_code.is_not(None),
                _S.completed_at >= since,
                _S.completed_at < until,
            )
            .group_by(_S.agency_code, _S.staff_code)
        )
        return [Offers(_staff(row), row["calls"], row["offered"]) for row in found.mappings()]

    async def from_one_number(self, since: datetime, until: datetime, at_least: int) -> list[OneNumber]:
        """Good ratings from one and the same number."""
        many = func.count()
        statement = (
            _by_staff(many)
            .where(_of_staff(since, until), _E.level.in_(_GOOD), _S.phone_index.is_not(None))
            .group_by(_E.agency_code, _E.subject_code, _S.phone_index)
            .having(many >= at_least)
            .order_by(many.desc(), _E.agency_code, _E.subject_code)
            .limit(_MOST)
        )
        return await self._counted(statement)

    async def from_numbers(
        self, since: datetime, until: datetime, numbers: Sequence[PhoneNumber]
    ) -> list[OneNumber]:
        """Ratings from these numbers together."""
        indexes = [index for number in numbers for index in self._personal_data.indexes(number)]
        many = func.count()
        statement = (
            _by_staff(many)
            .where(_of_staff(since, until), among_these(_S.phone_index, indexes))
            .group_by(_E.agency_code, _E.subject_code)
            .order_by(many.desc(), _E.agency_code, _E.subject_code)
            .limit(_MOST)
        )
        return await self._counted(statement)

    async def good_ratings(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[StaffMember, datetime]]:
        """When each good rating of staff was given."""
        place = (_E.agency_code, _E.subject_code, _E.evaluated_at, _E.recorded_no)
        statement = (
            select(
                _E.agency_code.label("agency_code"),
                _E.subject_code.label("code"),
                _E.evaluated_at,
            )
            .where(_of_staff(since, until), _E.level.in_(_GOOD))
            .order_by(*place)
        )
        passed = 0
        while True:
            found = await self._connection.execute(statement.offset(passed).limit(_PAGE))
            rows = found.mappings().all()
            for row in rows:
                yield StaffMember(row["agency_code"], row["code"], ""), row["evaluated_at"]
            if len(rows) < _PAGE:
                return
            passed += len(rows)

    async def _counted(self, statement: Select[Any]) -> list[OneNumber]:
        found = await self._connection.execute(statement)
        return [OneNumber(_staff(row), row["many"]) for row in found.mappings()]


def _by_staff(many: ColumnElement[int]) -> Select[Any]:
    return select(
        _E.agency_code.label("agency_code"),
        _E.subject_code.label("code"),
        func.max(_E.subject_name).label("name"),
        many.label("many"),
    ).join(services, and_(_S.service_id == _E.service_id, _S.visit_no == _E.visit_no))


def _of_staff(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(
        _E.subject_kind == SubjectKind.STAFF,
        _E.adopted,
        _E.applied_from.is_(None),
        given_within(since, until),
    )


def _staff(row: RowMapping) -> StaffMember:
    return StaffMember(row["agency_code"], row["code"], row["name"] or "")
