"""From pydantic's findings to faults that a person can mend, with a JSON pointer to each field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.errors import Fault, InvalidInput
from gateway.domain.plain_text import one_line
from gateway.domain.redaction import redact

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

MOST: Final = 20
"""Faults told at once; a thousand unknown fields need not be told one by one."""
_LONGEST_NAME: Final = 64
_WORDS: Final = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this document; check its spelling, or leave it out",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
}


def invalid_input(error: ValidationError) -> InvalidInput:
    """All faults of a document as one error of ours; no value of the document is repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [_fault(detail) for detail in found[:MOST]]
    if len(found) > MOST:
        faults.append(Fault("", f"and {len(found) - MOST} more"))
    first = faults[0]
    words = f"{first.pointer}: {first.detail}" if first.pointer else first.detail
    return InvalidInput(words, pointer=first.pointer, faults=faults)


def _fault(detail: ErrorDetails) -> Fault:
    words = _WORDS.get(detail["type"])
    if words is None:
        words = detail["msg"].replace("Input should", "should", 1)
        words = words[:1].lower() + words[1:]
    return Fault("".join(f"/{_escaped(part)}" for part in detail["loc"]), words)


def _escaped(part: str | int) -> str:
    """A step of a JSON pointer (RFC 6901); a field's name may be anything, a phone number too (R-18)."""
    name = redact(one_line(str(part)[:_LONGEST_NAME]))
    return name.replace("~", "~0").replace("/", "~1")
