"""JSON objects as RFC 8259 means them, and nothing that only Python's reader would take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

from gateway.domain.errors import InvalidInput, Malformed

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_json_object(text: bytes) -> dict[str, object]:
    """The JSON object that these bytes are; a byte order mark is overlooked.

    Raises:
        Malformed: not JSON in UTF-8; says where, and repeats nothing of it.
        InvalidInput: JSON, but no object.

    """
    value = _read(text)
    if not isinstance(value, dict):
        raise InvalidInput("must be a JSON object in braces")
    return value


def _read(text: bytes) -> object:
    try:
        return json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"not JSON: {error.msg.lower()} at {place}") from None
    except _Twice:
        raise Malformed("an object of the JSON has the same field twice") from None
    except ValueError:
        raise Malformed("not JSON: a number is too long, or is none of JSON's") from None
    except RecursionError:
        raise Malformed("the JSON is nested too deeply") from None


class _Twice(ValueError):  # noqa: N818 - never leaves this module
    """A field stands twice."""


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _Twice
    return fields


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError
