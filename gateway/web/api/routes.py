"""A route and everything that is told of it: the router and the description are made from the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from gateway.web.problems import Handler

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter in path or query."""

    name: str
    place: str
    """`path` or `query`."""
    description: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Body:
    """What a request brings; `schema` names a document, each line of the stream if it is a stream.

    Empty = what the media type says.
    """

    description: str
    schema: str = ""
    media_type: str = JSON
    example: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a request gets when it goes well."""

    description: str
    model: type[BaseModel] | None = None
    media_type: str = JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path."""

    method: str
    path: str
    handler: Handler
    operation_id: str
    tag: str
    summary: str
    description: str
    results: Mapping[int, Result]
    problems: Sequence[int] = ()
    parameters: Sequence[Parameter] = ()
    body: Body | None = None
    public_because: str = ""
    """Why it needs no token; empty = it needs one."""
    example: str = field(default="")
    """A curl command that works as it stands, but for address and token."""
