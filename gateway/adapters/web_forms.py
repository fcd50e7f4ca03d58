"""The fields of a carrier's request: URL query and form body, each at most once where we read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final, TypeVar
from urllib.parse import unquote_plus

from gateway.application.ports.webhook_provider import RawRequest
from gateway.domain.errors import InvalidInput
from gateway.domain.languages import Language

_Choice = TypeVar("_Choice", bound=Enum)
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 500
"""Carriers send about thirty; parsing thousands would only serve whoever wants to keep us busy."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_LONGEST: Final = 200
"""Characters of a code or name."""


def is_form(request: RawRequest) -> bool:
    """Whether the body is a web form."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == _FORM


@lru_cache(maxsize=8)
def pairs_of(encoded: bytes | str) -> tuple[tuple[str, str], ...]:
    """Names and values of a form or query, blank ones included, since they are signed too.

    Remembers the last few, because a request is first verified and then parsed. The same as the standard
    library's `parse_qsl`, which a test holds it to, in a third of the time: most values need no decoding.
    Raises InvalidInput for more fields than any carrier sends.
    """
    text = encoded.decode("utf-8", "replace") if isinstance(encoded, bytes) else encoded
    fields = text.split("&")
    if len(fields) > _MOST_FIELDS:
        raise InvalidInput(f"send at most {_MOST_FIELDS} fields")
    parted = [field.partition("=") for field in fields if field]
    return tuple([(_decoded(name), _decoded(value)) for name, _, value in parted])


def _decoded(text: str) -> str:
    return unquote_plus(text) if "%" in text or "+" in text else text


@dataclass(frozen=True, slots=True)
class Fields:
    """Read access to the fields of one part of a request; every fault is an InvalidInput."""

    pairs: tuple[tuple[str, str], ...]
    place: str
    """What pointers to a field begin with: empty for the form, `/query` for the URL."""

    @classmethod
    def of_body(cls, request: RawRequest) -> Fields:
        """The fields of the body, which must be a form or empty."""
        if request.body and not is_form(request):
            raise InvalidInput("send the fields as a web form", pointer="/headers/content-type")
        return cls(pairs_of(request.body), "")

    @classmethod
    def of_query(cls, request: RawRequest) -> Fields:
        """The fields of the URL."""
        return cls(pairs_of(request.query_string), "/query")

    def raw(self, name: str) -> str:
        """The value as it came; empty when absent, refused when sent twice."""
        values = [value for given, value in self.pairs if given == name]
        if len(values) > 1:
            raise self.fault(name, "sent more than once: send it once")
        return values[0] if values else ""

    def optional(self, name: str, longest: int = _LONGEST) -> str:
        """A code or name: empty, or one line of at most so many printable characters."""
        value = self.raw(name).strip()
        if len(value) > longest or not value.isprintable():
            raise self.fault(name, f"must be one line of at most {longest} printable characters")
        return value

    def required(self, *names: str) -> str:
        """The first of these that is not blank."""
        for name in names:
            if value := self.raw(name).strip():
                return value
        raise self.fault(names[0], "missing or blank: send it")

    def number(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number within bounds; None when absent."""
        text = self.optional(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit()) or not least <= int(text) <= most:
            raise self.fault(name, f"must be a whole number from {least} to {most}")
        return int(text)

    def choice(self, name: str, kind: type[_Choice]) -> _Choice | None:
        """One of an enumeration's values; None when absent."""
        value = self.optional(name)
        try:
            return kind(value) if value else None
        except ValueError:
            values = ", ".join(str(member.value) for member in kind)
            raise self.fault(name, f"must be one of {values}") from None

    def language(self, name: str) -> Language | None:
        """The language that a tag fits best; None when absent."""
        tag = self.optional(name)
        if tag and not _LANGUAGE.fullmatch(tag):
            raise self.fault(name, "must be a language tag such as zh-CN or en")
        return Language.best_match(tag) if tag else None

    def fault(self, name: str, message: str) -> InvalidInput:
        """The error that points at a field."""
        return InvalidInput(message, pointer=f"{self.place}/{name}")
