"""Bodies of requests: JSON as RFC 8259 means it, and nothing that only Python would take."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn

from aiohttp import web

from gateway.domain.errors import InvalidInput


async def read_object(request: web.Request) -> Mapping[str, object]:
    """The JSON object in the body.

    Raises:
        InvalidInput: JSON, but no object.
        web.HTTPBadRequest: not JSON.
        web.HTTPRequestEntityTooLarge: longer than the server takes.

    """
    return parse_object(await request.read())


def parse_object(body: bytes) -> Mapping[str, object]:
    """The JSON object in these bytes; raises as `read_object`."""
    value = _parse(body)
    if not isinstance(value, dict):
        raise InvalidInput("the body must be a JSON object in braces")
    return value


def _parse(body: bytes) -> object:
    try:
        return json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise web.HTTPBadRequest(text=f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise web.HTTPBadRequest(text=f"not JSON: {error.msg.lower()} at {place}") from None
    except _Twice:
        raise web.HTTPBadRequest(text="an object of the JSON has the same field twice") from None
    except ValueError:
        raise web.HTTPBadRequest(text="not JSON: a number is too long, or is none of JSON's") from None
    except RecursionError:
        raise web.HTTPBadRequest(text="the JSON is nested too deeply") from None


class _Twice(ValueError):  # noqa: N818 - never leaves this module
    """A field stands twice."""


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Twice
    return fields


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError
