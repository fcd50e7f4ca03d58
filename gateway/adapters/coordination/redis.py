"""Wake-ups between processes by Redis, which may vanish at any moment without harm."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.backoff import EqualJitterBackoff
from redis.exceptions import RedisError

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.coordination.redis_connections import PATIENCE_SECONDS, RedisConnections
from gateway.adapters.coordination.redis_presence import RedisPresence

log = structlog.get_logger()

_BURST_SECONDS: Final = 0.005
"""However often a bell is rung in this time, the others are told once."""
_BEAT_SECONDS: Final = 5.0
"""Who has nothing to tell tells itself something this often, to learn whether Redis still passes it on."""
_PAUSES: Final = EqualJitterBackoff(base=0.25, cap=5.0)
"""Between one loss and the next attempt."""
_MOST_FAILURES: Final = 16
"""Counted for the pause; beyond it only grows a number that no float holds."""
_MOST_TOPICS: Final = 64
"""Topics taken from others; there are a handful, and whatever else writes there must not fill our memory."""


class RedisWakeups:
    """The port `Wakeups` for several processes that share a Redis.

    A ring wakes this process at once, as `InProcessWakeups` does, and the others as soon as Redis passes it
    on. Neither `ring` nor `wait` ever waits for Redis or raises for its sake: without it each process hears
    only itself. Back again, it tells what was rung meanwhile, and rings its own bells once for what it may
    have missed. Open it on the event loop that uses it.
    """

    def __init__(
        self,
        connections: RedisConnections,
        presence: RedisPresence,
        also: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """`presence` is told whenever Redis is found or lost; `also` must work as well for it to be found."""
        self._connections = connections
        self._presence = presence
        self._also = also
        self._bells = InProcessWakeups()
        self._name = secrets.token_hex(8)
        # Channels, unlike keys, are the same in every database of a server.
        self._channel = f"haochaping:{connections.database}:wakeups"
        self._mirror = f"{self._channel}:{self._name}"
        self._untold: set[str] = set()
        self._rung = asyncio.Event()
        self._told = asyncio.Event()
        """Set while the others were told of every ring."""
        self._told.set()
        self._topics: set[str] = set()
        self._failures = 0
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to talk to Redis; returns once it is found or lost, after some seconds at the latest."""
        self._task = asyncio.create_task(self._keep_talking())
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._presence.judged.wait()

    async def aclose(self) -> None:
        """Leave Redis, once the others were told what was rung; the bells of this process go on."""
        if self._task is not None:
            if self._presence.is_there:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE_SECONDS):
                        await self._told.wait()
            await _end(self._task)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def ring(self, topic: str) -> None:
        """Wake all who wait on the topic here, and before long those of other processes."""
        self._bells.ring(topic)
        self._untold.add(topic)
        self._told.clear()
        self._rung.set()

    async def wait(self, topic: str, timeout_seconds: float) -> None:
        """Return at the next ring, here or elsewhere, or after the timeout."""
        self._topics.add(topic)
        await self._bells.wait(topic, timeout_seconds)

    async def _keep_talking(self) -> None:
        while True:
            try:
                await self._talk()
            except (RedisError, OSError) as error:
                self._presence.lost(str(error))
            except Exception as error:
                log.exception("redis_talk_broke")
                self._presence.lost(type(error).__name__)
            self._failures = min(self._failures + 1, _MOST_FAILURES)
            await asyncio.sleep(_PAUSES.compute(self._failures))

    async def _talk(self) -> None:
        """Hear and tell until one of them fails, and raise why."""
        self._presence.doubted.clear()
        subscribed = asyncio.Event()
        client = self._connections.bells()
        try:
            if self._also is not None:
                await self._also()
            async with client.pubsub() as listener:
                await listener.subscribe(self._channel, self._mirror)
                tasks = [
                    asyncio.create_task(self._hear(listener, subscribed)),
                    asyncio.create_task(self._tell(client, subscribed)),
                    asyncio.create_task(_until(self._presence.doubted)),
                ]
                try:
                    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    # Who goes on telling after a swallowed cancellation would open connections anew.
                    await _whole(_end(*tasks))
                await done.pop()
        finally:
            await _whole(self._connections.disconnect())

    async def _hear(self, listener: PubSub, subscribed: asyncio.Event) -> None:
        silence = _BEAT_SECONDS + 2 * PATIENCE_SECONDS
        while True:
            message = await listener.get_message(timeout=silence)
            if message is None:
                raise TimeoutError(f"nothing was heard for {silence:.0f} s")
            if message["type"] == "message":
                self._take(message["data"].decode(errors="replace"))
            elif message["channel"] == self._mirror.encode():
                subscribed.set()

    def _take(self, told: str) -> None:
        name, _, topic = told.partition(" ")
        if name == self._name:
            # Ours, gone all the way round: the bells here have rung long since.
            self._found()
        elif topic in self._topics or len(self._topics) < _MOST_TOPICS:
            self._topics.add(topic)
            self._bells.ring(topic)

    async def _tell(self, client: Redis, subscribed: asyncio.Event) -> None:
        await subscribed.wait()
        while True:
            await self._publish(client)
            await asyncio.sleep(_BURST_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_SECONDS):
                    await self._rung.wait()

    async def _publish(self, client: Redis) -> None:
        self._rung.clear()
        topics, self._untold = self._untold, set()
        try:
            async with client.pipeline(transaction=False) as batch:
                for topic in topics:
                    batch.publish(self._channel, f"{self._name} {topic}")
                if not topics:
                    batch.publish(self._mirror, self._name)
                await batch.execute()
        except BaseException:
            self._untold |= topics
            raise
        if not self._untold:
            self._told.set()

    def _found(self) -> None:
        self._failures = 0
        if self._presence.found():
            for topic in self._topics:
                self._bells.ring(topic)


async def _end(*tasks: asyncio.Task[None]) -> None:
    """Cancel them until they end; on Python 3.11 `wait_for`, used by redis-py, may swallow a cancellation."""
    while left := [task for task in tasks if not task.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=2 * PATIENCE_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def _whole(work: Coroutine[None, None, None]) -> None:
    """Do it to its end, also when cancelled: cut short, it would leave connections open for good."""
    task, cancelled = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    await task


async def _until(event: asyncio.Event) -> None:
    await event.wait()
