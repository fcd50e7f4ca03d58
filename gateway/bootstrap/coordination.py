"""What processes tell each other and share: by Redis where one is configured."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.application.ports.pace import Pace
from gateway.application.ports.wakeups import Wakeups
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.web.api.parts import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """Bells and turns, of this process or of all."""

    wakeups: Wakeups
    pace: Pace
    dispensable: Mapping[str, Check] = field(default_factory=dict)
    """What of it may be away without harm, by name."""


async def open_coordination(settings: Settings, metrics: Metrics, stack: AsyncExitStack) -> Coordination:
    """Open it, to be closed with the stack.

    Raises:
        ConfigurationError: the URL of Redis cannot be used. That nobody answers there is no error.

    """
    url = settings.redis.url.get_secret_value()
    if not url:
        return Coordination(wakeups=InProcessWakeups(), pace=InProcessPace())
    # Here, so that who has no Redis need not load its client.
    from gateway.adapters.coordination.redis import RedisWakeups
    from gateway.adapters.coordination.redis_connections import RedisConnections
    from gateway.adapters.coordination.redis_pace import RedisPace
    from gateway.adapters.coordination.redis_presence import RedisPresence

    connections = RedisConnections(url)
    presence = RedisPresence(lambda there: metrics.redis_noticed(there=there))
    pace = RedisPace(connections, presence, settings.redis.nodes)
    wakeups = await stack.enter_async_context(RedisWakeups(connections, presence, pace.probe))
    return Coordination(wakeups=wakeups, pace=pace, dispensable={"redis": presence.check})
