"""Connections to the first of several servers of PostgreSQL that takes us, as libpq makes them.

asyncpg gives one time limit to all of them together: a server that says nothing would use it up, and the
next would never be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import asyncpg
from asyncpg.exceptions import (
    CannotConnectNowError,
    PostgresConnectionError,
    TargetServerAttributeNotMatched,
)
from sqlalchemy.engine import URL

from gateway.adapters.database.driver_urls import for_asyncpg, names_several

_ASK_THE_NEXT: Final = (
    OSError,
    CannotConnectNowError,
    PostgresConnectionError,
    TargetServerAttributeNotMatched,
)
"""Away, silent, starting up, cut off before it answered, or not what target_session_attrs says. A server that
refuses us (password, database, connections) is the one that was meant, as with libpq."""


class NoServerUsableError(ConnectionError):
    """None of several servers; `causes` in the order of the servers."""

    def __init__(self, causes: Sequence[Exception]) -> None:
        super().__init__("no server can be used")
        self.causes = tuple(causes)


def connecting(url: URL, **told: object) -> tuple[URL, dict[str, Any]]:
    """The place, and what `create_async_engine` is told of the way there; `told` goes to asyncpg."""
    place, options = for_asyncpg(url)
    if not names_several(place):
        return place, {"connect_args": {**options, **told}}
    (), named = place.get_dialect()().create_connect_args(place)
    servers = tuple(zip(named.pop("host"), named.pop("port"), strict=True))
    return place, {"async_creator": partial(_first_usable, servers, **named, **options, **told)}


async def _first_usable(servers: Sequence[tuple[str, int]], **told: Any) -> Any:  # noqa: ANN401 - asyncpg has no types
    causes: list[Exception] = []
    for host, port in servers:
        try:
            return await asyncpg.connect(host=host, port=port, **told)
        except _ASK_THE_NEXT as cause:
            causes.append(cause)
    raise NoServerUsableError(causes)
