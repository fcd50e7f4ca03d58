"""What the outbox asks and writes, built once: done all day long, building costs more than running.

Of `clock`: it names whose time leases are measured by, a dialect's own or `GIVEN`, which is told with each
statement (`lease_time`, `lease_end`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, and_, bindparam, case, false, func, not_, or_, select, update

from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.dialects import own_time
from gateway.adapters.database.key_sets import among
from gateway.adapters.database.tables import DEAD, PENDING, outbox

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Select, Update

_earlier = outbox.alias("earlier")
_FIRST_OF_ITS_ORDER = or_(
    outbox.c.order_key.is_(None),
    ~select(_earlier.c.outbox_id)
    .where(
        _earlier.c.order_key == outbox.c.order_key,
        _earlier.c.outbox_id < outbox.c.outbox_id,
        _earlier.c.state.in_([PENDING, DEAD]),
    )
    .exists(),
)
_NO_LEASE: Final[Mapping[str, Any]] = {"lease": None, "leased_until": None}
GIVEN: Final = "given"
"""Names the lease clock whose time is told with each statement; all others are the dialects' own."""


@cache
def claimable(clock: str) -> Select[Any]:
    """Due entries that nobody holds and that have nothing unsettled before them."""
    return (
        select(outbox, _shared_time(clock).label("shared_now"))
        .where(
            _of_kind(), outbox.c.due_at <= bindparam("asked_at"), not_(_leased(clock)), _FIRST_OF_ITS_ORDER
        )
        # By nothing more: in the index's own order PostgreSQL stops at the limit, any other it sorts for.
        .order_by(outbox.c.due_at)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True, of=outbox)
    )


@cache
def next_due(clock: str) -> Select[Any]:
    """When the first entry falls due that nobody holds."""
    return (
        select(outbox.c.due_at)
        .where(
            _of_kind(),
            or_(outbox.c.due_at > bindparam("asked_at"), not_(_leased(clock))),
            _FIRST_OF_ITS_ORDER,
        )
        .order_by(outbox.c.due_at)
        .limit(1)
    )


@cache
def take(clock: str, lease_for: timedelta) -> Update:
    """Hold claimed entries."""
    return (
        update(outbox)
        .where(_these())
        .values(
            lease=bindparam("new_lease"),
            attempts=outbox.c.attempts + 1,
            due_at=bindparam("held_until"),
            leased_until=_lease_end(clock, lease_for),
        )
    )


@cache
def renew(clock: str, lease_for: timedelta) -> Update:
    """Hold entries longer."""
    return (
        update(outbox)
        .where(_these())
        .values(due_at=bindparam("held_until"), leased_until=_lease_end(clock, lease_for))
    )


@cache
def begin(clock: str) -> Update:
    """Put a try on record."""
    return (
        update(outbox)
        .where(*_held())
        .values(
            carrier=bindparam("by_carrier"), tried_line=bindparam("by_line"), tried_at=_shared_time(clock)
        )
    )


@cache
def settle(*, done: bool, in_doubt: bool) -> Update:
    """End entries: what is done is so whoever holds it by now, all else only the holder may say."""
    values: dict[str, Any] = {
        "state": bindparam("new_state", type_=outbox.c.state.type),
        **_NO_LEASE,
        "settled_at": bindparam("ended_at"),
        "last_error": bindparam("why"),
    }
    if not in_doubt:
        values["tried_at"] = None
    return update(outbox).where(*((_these(), _is_unsettled()) if done else _held())).values(values)


@cache
def postpone(*, in_doubt: bool, counted: bool, changed: bool) -> Update:
    """Let entries wait until later."""
    values: dict[str, Any] = {
        **_NO_LEASE,
        "due_at": bindparam("wait_until"),
        "last_error": bindparam("why"),
    }
    if not in_doubt:
        values["tried_at"] = None
    if not counted:
        values["attempts"] = outbox.c.attempts - 1
    if changed:
        values["payload"] = bindparam("new_payload", type_=outbox.c.payload.type)
    return update(outbox).where(*_held()).values(values)


def _these() -> ColumnElement[bool]:
    return among(outbox.c.outbox_id, "ids")


def _held() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """These, as far as they are still held under the lease they were claimed with."""
    return _these(), among(outbox.c.lease, "leases")


def _is_unsettled() -> ColumnElement[bool]:
    return outbox.c.state.in_([PENDING, DEAD])


def _of_kind() -> ColumnElement[bool]:
    return and_(outbox.c.state == PENDING, outbox.c.kind == bindparam("asked_kind"))


def _leased(clock: str) -> ColumnElement[bool]:
    """Whether somebody holds it; an older version leaves the time of an ended lease behind."""
    ends = outbox.c.leased_until > _shared_time(clock)
    return and_(outbox.c.lease.is_not(None), func.coalesce(ends, false()))


def _shared_time(clock: str) -> ColumnElement[datetime]:
    return bindparam("lease_time", type_=Moment()) if clock == GIVEN else own_time(clock)


def _lease_end(clock: str, lease_for: timedelta) -> ColumnElement[datetime]:
    return bindparam("lease_end", type_=Moment()) if clock == GIVEN else own_time(clock, lease_for)


FREE = select(outbox.c.outbox_id).where(*_held()).with_for_update(skip_locked=True)
"""Held entries that nobody is writing to at this moment."""
_ASKED_AT = bindparam("asked_at", type_=Moment())
HASTEN = (
    update(outbox)
    .where(_of_kind(), among(outbox.c.key, "keys"), outbox.c.attempts == 0)
    .values(due_at=case((outbox.c.due_at > _ASKED_AT, _ASKED_AT), else_=outbox.c.due_at))
)
"""Waiting entries that were never tried are due now."""
SUCCESSORS = select(outbox.c.kind).where(among(outbox.c.order_key, "order_keys"), _is_unsettled()).distinct()
STANDING = select(
    outbox.c.key, outbox.c.state, outbox.c.tried_at.is_not(None).label("in_doubt"), outbox.c.last_error
).where(outbox.c.kind == bindparam("asked_kind"), among(outbox.c.key, "keys"))
