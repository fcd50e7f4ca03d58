"""Connections to Redis from the operator's URL; impatient ones, for whoever waits could do without Redis."""

from __future__ import annotations

from typing import Any, Final

from redis.asyncio.connection import ConnectionPool, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.domain.errors import ConfigurationError

PATIENCE_SECONDS: Final = 2.0
"""For a connection, and for the answer to each command."""
_PLACE: Final = "redis.url"


def connection_pool(url: str) -> ConnectionPool:
    """Connections that are made when they are needed and fail at once; no server is asked yet.

    Raises:
        ConfigurationError: the URL cannot be used. It is not repeated, for it may hold a password.

    """
    try:
        options: dict[str, Any] = {**parse_url(url), **_own_options()}
        pool = ConnectionPool(**options)
        # Options of the URL are looked at when a connection is made, which is too late to refuse them.
        pool.connection_class(**pool.connection_kwargs)
    except (ValueError, TypeError, AttributeError, RedisError):
        raise ConfigurationError(
            "cannot be used; write redis://host:6379/0, and after a ? only options of redis-py", place=_PLACE
        ) from None
    return pool


def _own_options() -> dict[str, object]:
    return {
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
        # The older form, which every server speaks; who subscribes has a connection for that alone.
        "protocol": 2,
        "decode_responses": False,
        # Who uses the connection notices the loss, and begins anew when it is time.
        "retry": Retry(NoBackoff(), 0),
    }
