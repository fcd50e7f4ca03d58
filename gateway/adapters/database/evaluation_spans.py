"""Evaluations of a span of time, found without reading all there ever were."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.ext.compiler import compiles

from gateway.adapters.database.tables import evaluations

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.sql.compiler import SQLCompiler

_SOON: Final = timedelta(days=4)
"""A day more than what `ix_evaluations_told_late` leaves out, so that nothing falls between the two."""


def given_within(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether an evaluation was given in the span, its end left out.

    Nearly every rating is recorded when it is given, so the index of recording bounds what is read; what
    other systems tell of late, or by clocks of their own, stands in a small one. An index of giving would
    cost every rating something, for a page that is opened now and then.
    """
    given, recorded = evaluations.c.evaluated_at, evaluations.c.recorded_at
    within = and_(given >= since, given < until)
    soon = and_(recorded >= since - _SOON, recorded < until + _SOON)
    # Said in both arms: SQLite goes by an index in each only so.
    return or_(and_(within, soon), and_(within, _ToldLate()))


class _ToldLate(ColumnElement[bool]):
    """In the words of the index: an engine uses a partial one only where it sees its condition.

    It says nothing of its type, for SQLAlchemy compares what is a Boolean with 1 on SQLite.
    """

    inherit_cache = True


@compiles(_ToldLate)
def _compiled(_element: _ToldLate, compiler: SQLCompiler, **_more: Any) -> str:  # noqa: ANN401 - SQLAlchemy's hook
    (index,) = (each for each in evaluations.indexes if each.name == "ix_evaluations_told_late")
    where = index.dialect_options[compiler.dialect.name]["where"]
    return f"({where})"
