"""Reading a record that is put into the embedded core store: bounded, well-formed, storable."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from aiohttp import web

from gateway.domain.documents import Document
from gateway.domain.errors import InvalidInput

LARGEST_RECORD: Final = 64 * 1024
"""Bytes of a record; a real one has some hundreds."""

_LARGEST_REVISION: Final = 2**31 - 1
_LONGEST_ID: Final = 64


async def read_record(request: web.Request, evaluation_id: str) -> tuple[Document, int]:
    """The record of a request and its revision.

    Raises:
        InvalidInput: malformed, or not the evaluation that the address names; points at the field.
        web.HTTPRequestEntityTooLarge: more than `LARGEST_RECORD` bytes.

    """
    record = _parsed(await _bounded(request))
    if record.get("evaluation_id") != evaluation_id or len(evaluation_id) > _LONGEST_ID:
        raise InvalidInput(
            f"must equal the id in the address and have {_LONGEST_ID} characters at most",
            pointer="/evaluation_id",
        )
    revision = record.get("revision")
    if type(revision) is not int or not 1 <= revision <= _LARGEST_REVISION:
        raise InvalidInput("must be a whole number from 1", pointer="/revision")
    return record, revision


async def _bounded(request: web.Request) -> bytes:
    """The body; the application that this one is part of may allow more."""
    body = bytearray()
    async for piece in request.content.iter_any():
        body += piece
        if len(body) > LARGEST_RECORD:
            raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_RECORD, actual_size=len(body))
    return bytes(body)


def _parsed(body: bytes) -> Document:
    try:
        record = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise InvalidInput("is not JSON in UTF-8") from None
    if not isinstance(record, dict):
        raise InvalidInput("must be a JSON object")
    _check_storable(record)
    return record


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _check_storable(record: Document) -> None:
    """Refuse what JSON can spell and a database cannot keep: U+0000, half characters, endless numbers."""
    waiting: list[Any] = [record]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            _check_text(value)
        elif isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput("has a number beyond all bounds")


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput("has a text with U+0000 or half a surrogate pair; take it out")
