"""Kinds of fields that the documents share. What they take goes into any database and any text."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from gateway.domain.plain_text import printable

_YEARS: Final = range(2000, 2200)
LARGEST_NUMBER: Final = 2**31 - 1
"""What an integer column of PostgreSQL holds."""


class Document(BaseModel):
    """A document: unknown fields are faults, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _check_identifier(text: str) -> str:
    if text != printable(text) or any(c.isspace() for c in text):
        raise PydanticCustomError("identifier", "must have no white space and no invisible characters")
    return text


def _clean_text(text: str) -> str:
    return " ".join(printable(text).split())


def _clean_name(text: str) -> str:
    name = _clean_text(text)
    if not name:
        raise PydanticCustomError("name", "must have at least one visible character")
    return name


def _read_moment(value: object) -> datetime:
    moment = _parsed_moment(value)
    if moment is None:
        raise PydanticCustomError("moment", "must be a moment such as 2026-11-23T10:00:00+08:00")
    if moment.tzinfo is None:
        raise PydanticCustomError("moment", "needs its offset from UTC, such as +08:00 or Z")
    if moment.year not in _YEARS:
        raise PydanticCustomError("moment", "must lie between the years 2000 and 2199")
    return moment


def _parsed_moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _clean_words(text: str) -> str:
    return printable(text).strip()


def _blank_to_none(value: object) -> object:
    return None if value == "" else value


def _blank_to_empty(value: object) -> object:
    return "" if value is None else value


Id = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_check_identifier)]
OptionalId = Annotated[Id | None, BeforeValidator(_blank_to_none)]
"""An empty text means the same as null."""
Name = Annotated[str, StringConstraints(max_length=500), AfterValidator(_clean_name)]
"""White space is made single, invisible characters go."""
ForeignId = Annotated[
    str,
    BeforeValidator(_blank_to_empty),
    StringConstraints(max_length=120),
    AfterValidator(_check_identifier),
]
"""An id of another system; null means the same as an empty text."""
Words = Annotated[
    str, BeforeValidator(_blank_to_empty), StringConstraints(max_length=4000), AfterValidator(_clean_words)
]
"""A citizen's own words."""
OptionalName = Annotated[
    str, BeforeValidator(_blank_to_empty), StringConstraints(max_length=500), AfterValidator(_clean_text)
]
AgencyCode = Annotated[
    str, BeforeValidator(_blank_to_empty), StringConstraints(max_length=32), AfterValidator(_check_identifier)
]
RegionCode = Annotated[
    str, BeforeValidator(_blank_to_empty), StringConstraints(max_length=16), AfterValidator(_check_identifier)
]
Moment = Annotated[
    datetime,
    BeforeValidator(_read_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-23T10:00:00+08:00"]}),
]
