"""Where a page of a list begins, as callers hand it back to us."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from gateway.domain.errors import Fault, InvalidInput

DEFAULT_LIMIT: Final = 100
LARGEST_LIMIT: Final = 1000
LONGEST_WAIT: Final = 60
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIX: Final = "after:"
_LONGEST_PLACE: Final = 18
"""Digits; a row's number is never longer in an integer of 64 bits."""
_DEMANDS: Final = {
    "since": "must be a moment with its offset, such as 2026-11-23T10:00:00+08:00",
    "cursor": "is none of ours; take it from the `next` of the page before",
    "limit": f"must be a whole number from 1 to {LARGEST_LIMIT}",
    "wait": f"must be a whole number of seconds from 0 to {LONGEST_WAIT}",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for."""

    since: datetime = EARLIEST
    after: int = 0
    """The place where the page before ended; 0 = the beginning."""
    limit: int = DEFAULT_LIMIT
    wait: int = 0
    """Seconds to wait for something to show."""

    def next_link(self, path: str, after: int) -> str:
        """The address of the page after this one."""
        query = {"limit": str(self.limit)}
        if after:
            query = {"cursor": _cursor(after), **query}
        if self.wait:
            query["wait"] = str(self.wait)
        if self.since != EARLIEST:
            query["since"] = self.since.isoformat()
        return f"{path}?{urlencode(query)}"


def read_page_request(query: Mapping[str, str]) -> PageRequest:
    """The page that a query asks for.

    Raises:
        InvalidInput: a parameter is malformed or unknown; its pointer is `/query/<name>`.

    """
    faults = [
        Fault("/query", f"there is no such parameter; known are {', '.join(_DEMANDS)}")
        for name in query
        if name not in _DEMANDS
    ]
    page = PageRequest(
        since=_read(query, "since", _since, EARLIEST, faults),
        after=_read(query, "cursor", _place, 0, faults),
        limit=_read(query, "limit", lambda text: _whole(text, 1, LARGEST_LIMIT), DEFAULT_LIMIT, faults),
        wait=_read(query, "wait", lambda text: _whole(text, 0, LONGEST_WAIT), 0, faults),
    )
    if faults:
        first = faults[0]
        raise InvalidInput(f"{first.pointer}: {first.detail}", pointer=first.pointer, faults=faults)
    return page


def _read(
    query: Mapping[str, str], name: str, read: Callable[[str], T], default: T, faults: list[Fault]
) -> T:
    try:
        return read(query[name]) if name in query else default
    except ValueError:
        faults.append(Fault(f"/query/{name}", _DEMANDS[name]))
        return default


def _since(text: str) -> datetime:
    # An unescaped + of an offset arrives as a space.
    moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    if moment.tzinfo is None:
        raise ValueError
    try:
        return max(moment.astimezone(UTC), EARLIEST)
    except OverflowError:
        raise ValueError from None


def _whole(text: str, least: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else -1
    if not least <= number <= most:
        raise ValueError
    return number


def _cursor(after: int) -> str:
    return urlsafe_b64encode(f"{_PREFIX}{after}".encode()).decode().rstrip("=")


def _place(cursor: str) -> int:
    try:
        plain = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except NotBase64:
        raise ValueError from None
    place = int(plain.removeprefix(_PREFIX)[:_LONGEST_PLACE])
    # The decoder overlooks much; only what we would write is ours.
    if place < 1 or _cursor(place) != cursor:
        raise ValueError
    return place
