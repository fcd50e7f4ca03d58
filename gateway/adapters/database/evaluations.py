"""Rows of evaluations."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, true, update

from gateway.adapters.database.evaluation_positions import position_to_list_by
from gateway.adapters.database.key_sets import among
from gateway.adapters.database.many_rows import ManyRows
from gateway.adapters.database.tables import evaluations
from gateway.domain.evaluations import Evaluation
from gateway.domain.subjects import Subject

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import RowMapping, Select

    from gateway.adapters.database.writing import SqlConnection
    from gateway.domain.ids import CallId, EvaluationId, InvitationId, ServiceId

_PLAIN = tuple(field.name for field in fields(Evaluation) if field.name != "subject")
_COLUMNS = (*_PLAIN, "subject_kind", "subject_code", "subject_name")
_values = attrgetter(*_PLAIN, "subject.kind", "subject.code", "subject.name")

_BEGINNING: Final = datetime(1970, 1, 2, tzinfo=UTC)
_OUT_OF_ORDER: Final = timedelta(minutes=10)
"""By how much rows may be numbered in another order than that of their moments: nodes' clocks disagree, and a
transaction takes its time."""

# Statements of the busiest requests are made once: building one costs more than running it.
_ADD = ManyRows(evaluations, (*_COLUMNS, "recorded_at"))
_OF_SLOTS = (
    select(*(evaluations.c[name] for name in _COLUMNS))
    .where(among(evaluations.c.slot, "slots"))
    .order_by(evaluations.c.recorded_no)
)
_IN_ORDER = select(evaluations).order_by(evaluations.c.recorded_no)
_OF_CALL = _IN_ORDER.where(
    evaluations.c.call_id == bindparam("call_id"), evaluations.c.applied_from.is_(None)
)
_OF_EVENTS = _IN_ORDER.where(among(evaluations.c.event_key, "event_keys"))
_GET = _IN_ORDER.where(evaluations.c.evaluation_id == bindparam("evaluation_id"))
_KNOWN = select(evaluations.c.evaluation_id).where(among(evaluations.c.evaluation_id, "evaluation_ids"))
_OF_SERVICE = _IN_ORDER.where(evaluations.c.service_id == bindparam("service_id"))
_OF_INVITATION = _IN_ORDER.where(evaluations.c.invitation_id == bindparam("invitation_id"))
_COPIES = _OF_INVITATION.where(evaluations.c.applied_from == bindparam("source"))
_REVISE = (
    update(evaluations)
    .where(evaluations.c.evaluation_id == bindparam("b_evaluation_id"))
    .values({name: bindparam(f"b_{name}") for name in _COLUMNS if name != "evaluation_id"})
)


class SqlEvaluations:
    """The port `Evaluations`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection
        self.added = False
        """Whether this transaction records any: whoever watches is to be woken once it is committed."""

    async def of_slots(self, slots: Collection[str]) -> list[Evaluation]:
        """Everything recorded for these slots."""
        found = await self._connection.execute(_OF_SLOTS, {"slots": slots})
        return [_evaluation(row) for row in found.mappings()]

    async def of_events(self, event_keys: Collection[str]) -> list[Evaluation]:
        """What these events led to."""
        return await self._found(_OF_EVENTS, event_keys=event_keys)

    async def get(self, evaluation_id: EvaluationId) -> Evaluation | None:
        """One evaluation."""
        found = await self._found(_GET, evaluation_id=evaluation_id)
        return found[0] if found else None

    async def known(self, evaluation_ids: Collection[EvaluationId]) -> frozenset[EvaluationId]:
        """Those of these that are there."""
        found = await self._connection.execute(_KNOWN, {"evaluation_ids": evaluation_ids})
        return frozenset(found.scalars())

    async def of_service(self, service_id: ServiceId) -> list[Evaluation]:
        """All evaluations of a service."""
        return await self._found(_OF_SERVICE, service_id=service_id)

    async def of_invitation(self, invitation_id: InvitationId) -> list[Evaluation]:
        """All evaluations given through an invitation."""
        return await self._found(_OF_INVITATION, invitation_id=invitation_id)

    async def of_call(self, call_id: CallId) -> list[Evaluation]:
        """What was rated in a call, copies left out."""
        return await self._found(_OF_CALL, call_id=call_id)

    async def copies_of(self, evaluation_id: EvaluationId) -> list[Evaluation]:
        """The copies that stem from it; they share its invitation, by which they are found."""
        source = await self.get(evaluation_id)
        if source is None:
            return []
        return await self._found(_COPIES, invitation_id=source.invitation_id, source=evaluation_id)

    async def page(self, since: datetime, after: int, limit: int) -> list[tuple[int, Evaluation]]:
        """What was recorded since, keyset-paged; what is committed later comes later."""
        position = await position_to_list_by(self._connection)
        # A position is never below the number, so that nothing wanted stands before this.
        place = max(after, await self._last_before(since - _OUT_OF_ORDER)) if since > _BEGINNING else after
        found = await self._connection.execute(
            select(evaluations)
            # A truth to be told of each row, no range to look up: PostgreSQL would gather all days since.
            .where(position > place, (evaluations.c.recorded_at >= since).is_(true()))
            .order_by(position)
            .limit(limit)
        )
        return [(row[position], _evaluation(row)) for row in found.mappings()]

    async def _last_before(self, moment: datetime) -> int:
        """The number of what was recorded last before, so that nobody reads all that was recorded ever."""
        found = await self._connection.execute(
            select(evaluations.c.recorded_no)
            .where(evaluations.c.recorded_at < moment)
            .order_by(evaluations.c.recorded_at.desc())
            .limit(1)
        )
        return found.scalar_one_or_none() or 0

    async def add(self, new: Sequence[Evaluation], recorded_at: datetime) -> None:
        """New evaluations."""
        self.added = self.added or bool(new)
        await _ADD.insert(self._connection, [(*_values(e), recorded_at) for e in new])

    async def revise(self, revised: Sequence[Evaluation]) -> None:
        """The next revision of existing evaluations."""
        if not revised:
            return
        names = [f"b_{name}" for name in _COLUMNS]
        rows = [dict(zip(names, _values(e), strict=True)) for e in revised]
        await self._connection.execute(_REVISE, rows)

    async def _found(self, statement: Select[Any], **values: object) -> list[Evaluation]:
        found = await self._connection.execute(statement, values)
        return [_evaluation(row) for row in found.mappings()]


def _evaluation(row: RowMapping) -> Evaluation:
    plain: dict[str, Any] = {name: row[name] for name in _PLAIN}
    subject = Subject(row["subject_kind"], row["subject_code"], row["subject_name"])
    return Evaluation(subject=subject, **plain)
