"""Column types that mean the same on both engines.

A rating passes several dozen values through these, so their conversions are made once for each engine: a
dictionary's own method, or one small function, where SQLAlchemy would call two for each value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

E = TypeVar("E", bound=Enum)

JsonObject = JSON().with_variant(JSONB(), "postgresql")


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; readable in both engines and ordered as text in SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """To UTC; SQLite has no zones, so there it goes in as text without one."""
        return _to_text if dialect.name == "sqlite" else _to_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 - SQLAlchemy's signature
        """Aware, in UTC."""
        return _from_text if dialect.name == "sqlite" else _to_utc


def _to_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a naive datetime must never reach the database")
    return value.astimezone(UTC)


# Much of what is written together has the same time.
@lru_cache(maxsize=64)
def _to_text(value: datetime | None) -> str | None:
    utc = _to_utc(value)
    return None if utc is None else utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class Named(TypeDecorator[E], Generic[E]):
    """An enum kept as its value's text, so that a newer version's values never break an older schema."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__(32)
        self.kind = kind

    def bind_processor(self, dialect: Dialect) -> Callable[[E | None], str | None]:  # noqa: ARG002 - SQLAlchemy's signature
        """The value."""
        values: dict[E | None, str | None] = {None: None}
        values.update((member, member.value) for member in self.kind)
        return values.__getitem__

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], E | None]:  # noqa: ARG002 - SQLAlchemy's signature
        """The member."""
        members: dict[str | None, E | None] = {None: None}
        members.update((member.value, member) for member in self.kind)
        return members.__getitem__


class NamedOrNewer(Named[E]):
    """The same where a newer release may have written more than we know: its name is then given as it is."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - SQLAlchemy's signature
        """The member, else the name."""
        members: dict[str | None, E | None] = {None: None}
        members.update((member.value, member) for member in self.kind)
        return lambda value: members.get(value, value)
