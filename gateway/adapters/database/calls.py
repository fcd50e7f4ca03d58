"""Rows of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, select, update

from gateway.adapters.database.key_sets import among
from gateway.adapters.database.tables import calls, services
from gateway.application.ports.database import CallPlace, StoredCall
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection
    from gateway.domain.ids import CallId

_PLAIN = (
    "call_id",
    "service_id",
    "visit_no",
    "flow",
    "language",
    "variables",
    "started_at",
    "ran_out_of_tries",
    "ended_at",
    "ending",
)

# Statements of the busiest requests are made once: building one costs more than running it.
_SUBJECTS = {kind.value: kind for kind in SubjectKind}
_GET = select(calls).where(calls.c.call_id == bindparam("call_id"))
_LOCK = _GET.with_for_update()
_ADD = insert(calls)
_UPDATE = (
    update(calls)
    .where(calls.c.call_id == bindparam("b_call_id"))
    .values({name: bindparam(f"b_{name}") for name in (*_PLAIN, "asked") if name != "call_id"})
)
_PLACES = (
    select(
        calls.c.call_id,
        calls.c.service_id,
        calls.c.visit_no,
        services.c.invitation_id,
        calls.c.variables,
        calls.c.ended_at.is_not(None),
    )
    .join(
        services,
        and_(calls.c.service_id == services.c.service_id, calls.c.visit_no == services.c.visit_no),
    )
    .where(among(calls.c.call_id, "call_ids"))
    .order_by(calls.c.call_id)
    .with_for_update(of=calls)
)
_UNENDED = (
    select(calls)
    .where(calls.c.ended_at.is_(None), calls.c.started_at < bindparam("before"))
    .order_by(calls.c.started_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)


class SqlCalls:
    """The port `Calls`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def places(self, call_ids: Collection[CallId]) -> dict[CallId, CallPlace]:
        """What calls are about, locked in one order; the invitation is the service's present one."""
        found = await self._connection.execute(_PLACES, {"call_ids": call_ids})
        rows: Sequence[Sequence[Any]] = found.all()
        return {call_id: CallPlace(*place) for call_id, *place in rows}

    async def get(self, call_id: CallId) -> StoredCall | None:
        """One call."""
        found = await self._connection.execute(_GET, {"call_id": call_id})
        row = found.mappings().first()
        return None if row is None else _call(row)

    async def lock(self, call_id: CallId) -> StoredCall | None:
        """One call that nobody else changes."""
        found = await self._connection.execute(_LOCK, {"call_id": call_id})
        row = found.mappings().first()
        return None if row is None else _call(row)

    async def add(self, call: StoredCall) -> None:
        """A new call."""
        await self._connection.execute(_ADD, _columns(call))

    async def update(self, call: StoredCall) -> None:
        """The same call, later."""
        new = {f"b_{name}": value for name, value in _columns(call).items()}
        await self._connection.execute(_UPDATE, new)

    async def unended(self, before: datetime, limit: int) -> list[StoredCall]:
        """Calls that began before and whose end nobody reported."""
        found = await self._connection.execute(_UNENDED, {"before": before, "limit": limit})
        return [_call(row) for row in found.mappings()]


def _columns(call: StoredCall) -> dict[str, Any]:
    columns: dict[str, Any] = {name: getattr(call, name) for name in _PLAIN}
    columns["variables"] = dict(call.variables)
    columns["asked"] = sorted(kind if isinstance(kind, str) else kind.value for kind in call.asked)
    return columns


def _call(row: RowMapping) -> StoredCall:
    plain: dict[str, Any] = {name: row[name] for name in _PLAIN}
    # What a newer release asked beside us keeps its name: it counts, and the other calls go on.
    asked: Any = frozenset(_SUBJECTS.get(kind, kind) for kind in row["asked"])
    return StoredCall(asked=asked, **plain)
