"""How processes wake each other: by Redis where one is configured."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.application.ports.wakeups import Wakeups
from gateway.settings import Settings
from gateway.telemetry.metrics import Metrics
from gateway.web.api.parts import Check


async def open_wakeups(
    settings: Settings, metrics: Metrics, stack: AsyncExitStack
) -> tuple[Wakeups, Mapping[str, Check]]:
    """The wake-ups, closed with the stack, and what of them may be away, by name.

    Raises:
        ConfigurationError: the URL of Redis cannot be used. That nobody answers there is no error.

    """
    url = settings.redis.url.get_secret_value()
    if not url:
        return InProcessWakeups(), {}
    # Here, so that who has no Redis need not load its client.
    from gateway.adapters.coordination.redis import RedisWakeups

    wakeups = RedisWakeups(url, lambda there: metrics.redis_noticed(there=there))
    await stack.enter_async_context(wakeups)
    return wakeups, {"redis": wakeups.check}
