"""What waited, and what was asked, before revision 0018 is copied, a little at a time, while everybody works.

Then no index of invitations holds a column that changes, so that PostgreSQL changes a row in place, without
an entry in every index.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.database.column_types import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BATCH = 1000
"""Invitations in a transaction: who rates one of them waits for some hundredths of a second."""

_ROOM = 60
"""Percent of a page that new rows fill: those who were asked on one day are changed at one moment, each to a
new version of its row, which stays in the page if there is room."""

_KEYS: Final = {
    "waiting_reminders": ("remind_at", "invitation_id"),
    "open_questions": ("phone_index", "texted_at", "invitation_id"),
}
_FIRST, _LAST = _KEYS


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(one, Moment() if one.endswith("_at") else None) for one in columns))


_INVITATIONS: Final = _table(
    "invitations", "invitation_id", "phone_index", "remind_at", "texted_at", "rated_at"
)
_HERE: Final = _INVITATIONS.c
_KEPT: Final = {
    "waiting_reminders": _HERE.remind_at.is_not(None),
    "open_questions": sa.and_(
        _HERE.texted_at.is_not(None), _HERE.rated_at.is_(None), _HERE.phone_index.is_not(None)
    ),
}


class Reached(NamedTuple):
    """How far the copying has come: in which table, and after which key of it."""

    table: str = _FIRST
    key: tuple[Any, ...] = ()


def copy_some(connection: sa.Connection, reached: Reached | None) -> Reached | None:
    """Copy as many as nobody has to wait for; None once nothing is missing.

    What others hold just now is passed over, and waited for in the end, one by one, when we hold nothing that
    they may want.
    """
    table, key = reached or Reached()
    if connection.dialect.name == "postgresql":
        # The indexes that are dropped in the end lead from one batch to the next.
        connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
    rows = connection.execute(_next(table, key)).all()
    if rows:
        key = tuple(rows[-1])
    else:
        rows = connection.execute(_a_missing_one(table)).all()
        if not rows:
            return Reached(_LAST) if table == _FIRST else None
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    put = insert(_table(table, *_KEYS[table])).on_conflict_do_nothing()
    connection.execute(put, [dict(zip(_KEYS[table], row, strict=True)) for row in rows])
    return Reached(table, key)


def _next(table: str, key: tuple[Any, ...]) -> sa.Select[Any]:
    """Locked, so that nobody changes a row before it is copied: what its trigger did would be undone."""
    columns = [_HERE[name] for name in _KEYS[table]]
    query = sa.select(*columns).where(_KEPT[table]).order_by(*columns).limit(BATCH)
    if key:
        query = query.where(sa.tuple_(*columns) > sa.tuple_(*key, types=[one.type for one in columns]))
    return query.with_for_update(read=True, skip_locked=True)


def _a_missing_one(table: str) -> sa.Select[Any]:
    there = _table(table, *_KEYS[table])
    same = sa.and_(*(there.c[name] == _HERE[name] for name in _KEYS[table]))
    query = sa.select(*(_HERE[name] for name in _KEYS[table]))
    query = query.where(_KEPT[table], ~sa.exists(sa.select(there).where(same)))
    return query.limit(1).with_for_update(read=True, of=_INVITATIONS)


def upgrade() -> None:
    """Contract: programs before revision 0018 would look through all invitations for what is due or asked.

    No release was made of one; nor of the revision 0018 that dropped these indexes itself.
    """
    op.drop_index("ix_invitations_remind_at", "invitations", if_exists=True)
    op.drop_index("ix_invitations_asked", "invitations", if_exists=True)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE invitations SET (fillfactor = {_ROOM})")


def downgrade() -> None:
    """Not offered: restore the backup instead."""
    raise NotImplementedError
