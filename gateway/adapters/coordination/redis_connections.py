"""Connections to Redis from the operator's URL; impatient ones, for whoever waits could do without Redis."""

from __future__ import annotations

from contextlib import suppress
from itertools import cycle
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import ConnectionPool, SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.adapters.coordination.redis_url import RedisForm, RedisUrl, RedisUrlError, read_redis_url
from gateway.domain.errors import ConfigurationError

PATIENCE_SECONDS: Final = 2.0
"""For a connection, and for the answer to each command."""
_PLACE: Final = "redis.url"


class RedisConnections:
    """Connections that are made when they are needed and fail at once; no server is asked before.

    Raises:
        ConfigurationError: the URL cannot be used. It is not repeated, for it may hold a password.

    """

    def __init__(self, url: str) -> None:
        try:
            self._url = read_redis_url(url)
            self._options = _options(self._url)
            self._bell_pools = cycle(_pools(self._url, self._options))
            self._bell_pool = next(self._bell_pools)
            self._commands = _commands(self._url, self._options)
        except RedisUrlError as fault:
            raise ConfigurationError(f"{fault.problem}; {fault.remedy}", place=_PLACE) from None
        except (ValueError, TypeError, AttributeError, RedisError):
            raise ConfigurationError(
                "cannot be used; write redis://host:6379/0, and after a ? only options of redis-py",
                place=_PLACE,
            ) from None

    @property
    def database(self) -> int:
        """The number of the database; 0 in a cluster."""
        return int(self._options.get("db", 0))

    def bells(self) -> Redis:
        """For messages between processes, which reach all of a cluster from any of its servers."""
        return Redis(connection_pool=self._bell_pool)

    async def run(self, script: str, key: str, *values: float | str) -> Any:  # noqa: ANN401 - what the script returns
        """Run a script that touches one key, where that key lives."""
        return await self._commands.eval(script, 1, key, *values)

    async def disconnect(self) -> None:
        """Cut all connections; the next use makes new ones, at another server of a cluster."""
        # Each by itself: one that does not close in time must not leave the others open.
        await _close(self._bell_pool)
        self._bell_pool = next(self._bell_pools)
        with suppress(RedisError, OSError):
            await self._commands.aclose()
        if isinstance(self._commands, Redis):
            await _close(self._commands.connection_pool)


async def _close(pool: ConnectionPool) -> None:
    """Cut its connections, and those by which it asks Sentinels for the master."""
    pools = [pool]
    if isinstance(pool, SentinelConnectionPool):
        pools += [sentinel.connection_pool for sentinel in pool.sentinel_manager.sentinels]
    for each in pools:
        with suppress(RedisError, OSError):
            await each.disconnect()


def _options(url: RedisUrl) -> dict[str, Any]:
    options: dict[str, Any] = {
        **parse_url(url.plain),
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
        # The older form, which every server speaks; who subscribes has a connection for that alone.
        "protocol": 2,
        "decode_responses": False,
        # Who uses the connection notices the loss, and begins anew when it is time.
        "retry": Retry(NoBackoff(), 0),
    }
    # Options of the URL are looked at when a connection is made, which is too late to refuse them.
    pool = ConnectionPool(**options)
    pool.connection_class(**pool.connection_kwargs)
    return options


def _pools(url: RedisUrl, options: dict[str, Any]) -> list[ConnectionPool]:
    if url.form is RedisForm.SENTINEL:
        return [_watched(url, options)]
    if url.form is RedisForm.CLUSTER:
        return [ConnectionPool(**{**options, "host": host, "port": port}) for host, port in url.nodes]
    return [ConnectionPool(**options)]


def _watched(url: RedisUrl, options: dict[str, Any]) -> ConnectionPool:
    """Connections to whichever server the Sentinels call the master."""
    own = {key: value for key, value in options.items() if key not in {"host", "port", "connection_class"}}
    if options.get("connection_class") is SSLConnection:
        own["ssl"] = True
    patience = {"socket_timeout": PATIENCE_SECONDS, "socket_connect_timeout": PATIENCE_SECONDS}
    sentinel = Sentinel(list(url.nodes), sentinel_kwargs={**patience, **url.sentinel_options})  # type: ignore[no-untyped-call]  # redis-py's own, without types
    return SentinelConnectionPool(url.service, sentinel, **own)  # type: ignore[no-untyped-call]  # as above


def _commands(url: RedisUrl, options: dict[str, Any]) -> Redis | RedisCluster:
    """A connection that was cut meanwhile is made anew once, before that counts as a loss."""
    options = {**options, "retry": Retry(NoBackoff(), 1)}
    if url.form is not RedisForm.CLUSTER:
        (pool,) = _pools(url, options)
        return Redis(connection_pool=pool)
    own = {key: value for key, value in options.items() if key not in {"host", "port", "connection_class"}}
    return RedisCluster(
        startup_nodes=[ClusterNode(host, port) for host, port in url.nodes],
        ssl=options.get("connection_class") is SSLConnection,
        require_full_coverage=False,
        **own,
    )
