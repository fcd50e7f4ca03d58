"""What a Redis says of itself to whoever looks whether it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from redis.exceptions import RedisError, ResponseError

from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_pace import RedisPace
from gateway.adapters.coordination.redis_presence import RedisPresence
from gateway.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class RedisState:
    """How a Redis is."""

    version: str
    """Empty where the account may not ask for it."""
    settings: Mapping[str, str]
    """`maxmemory-policy`, `appendonly`, `save`; empty where the account may not read them."""


async def redis_state(url: str) -> RedisState:
    """Ask it.

    Raises:
        ConfigurationError: the URL cannot be used.
        Unavailable: it does not answer, or refuses us; says why.

    """
    connections = RedisConnections(url)
    client = cast("Any", connections.bells())
    try:
        await RedisPace(connections, RedisPresence(), nodes=1).probe()
        await client.publish("haochaping:doctor", "")
        return RedisState(await _version(client), await _settings(client))
    except (RedisError, OSError) as error:
        raise Unavailable(str(error) or type(error).__name__) from None
    finally:
        await connections.disconnect()


async def _version(client: Any) -> str:  # noqa: ANN401 - as in `_settings`
    try:
        return str((await client.info("server")).get("redis_version", ""))
    except ResponseError:
        # The gateway needs no right to ask, and works without the answer.
        return ""


async def _settings(client: Any) -> dict[str, str]:  # noqa: ANN401 - redis-py types its commands for two worlds
    try:
        found = await client.config_get("maxmemory-policy", "appendonly", "save")
    except ResponseError:
        # Managed services hide it; nothing here depends on it.
        return {}
    return {_text(name): _text(value) for name, value in found.items()}


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
