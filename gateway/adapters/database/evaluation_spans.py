"""Evaluations of a span of time, found without reading all there ever were."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, and_

from gateway.adapters.database.tables import evaluations

if TYPE_CHECKING:
    from datetime import datetime

_CLOCKS_DIFFER: Final = timedelta(days=31)
"""How far ahead the clock of a system may be that tells of ratings given elsewhere."""


def given_within(since: datetime, until: datetime) -> ColumnElement[bool]:
    """Whether an evaluation was given in the span, its end left out.

    A rating is recorded after it was given, so the index of recording bounds what is read: an index of
    giving would cost every rating something, for a page that is opened now and then.
    """
    given, recorded = evaluations.c.evaluated_at, evaluations.c.recorded_at
    return and_(given >= since, given < until, recorded >= since - _CLOCKS_DIFFER)
