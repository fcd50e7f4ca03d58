"""Turns over several processes by Redis, which may vanish at any moment: each then keeps to its share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from redis.exceptions import RedisError

from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.adapters.coordination.redis_connections import PATIENCE_SECONDS, RedisConnections
from gateway.adapters.coordination.redis_presence import RedisPresence
from gateway.domain.pace import LARGEST_DEBT, Rate, Turns

log = structlog.get_logger()

_SETTLING_SECONDS: Final = 15.0
"""After Redis came: by then every process has found it, which tries at least every few seconds."""
_PROBE: Final = Rate(1, 1)
_MICROSECONDS: Final = 1_000_000
_SCRIPT: Final = """
-- domain/pace.py says what this does; the clock is the server's, so that those of the nodes do not matter.
local interval, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local spare, used, from, debt = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6], tonumber(ARGV[7])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local exhausted = now + burst * interval
local paid = tonumber(redis.call('GET', KEYS[1]) or '')
if not paid then paid = from == 'full' and now or exhausted end
if from == 'exhausted' then paid = math.max(paid, exhausted) end
paid = math.min(math.max(paid, now), exhausted + debt)
paid = math.max(paid + used * interval, now)
local granted = math.max(0, math.min(wanted, math.floor((exhausted - paid) / interval) - spare))
paid = paid + granted * interval
local keep = math.floor((paid - now) / 1000) + 1
if from ~= 'full' then keep = keep + 3600000 end
redis.call('SET', KEYS[1], string.format('%.0f', paid), 'PX', string.format('%.0f', keep))
local left = math.floor((exhausted - paid) / interval)
local wait = 0
if left <= spare then wait = paid + (1 + spare) * interval - exhausted end
return {granted, left, wait}
"""


class RedisPace:
    """The port `Pace` for several processes that share a Redis.

    `nodes` is how many processes may take turns at once while Redis is away: each then has that part of
    every rate. What has come back, or is new, is trusted together with one's share until all have found it.
    """

    def __init__(
        self,
        connections: RedisConnections,
        presence: RedisPresence,
        nodes: int,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._connections = connections
        self._presence = presence
        self._nodes = nodes
        self._seconds = seconds
        self._own = InProcessPace(lambda: int(seconds() * _MICROSECONDS))
        self._known: dict[str, int] = {}
        """Since which coming of Redis a carrier's line is taken from it."""
        self._seen = (False, 0)
        self._settled_at = 0.0

    async def probe(self) -> None:
        """Return if turns can be taken from Redis; raises what it raises."""
        await self._ask("probe", _PROBE, 0)

    async def take(self, line: str, rate: Rate, wanted: int, *, spare: int = 0) -> Turns:
        """Take up to `wanted` turns now; see the port."""
        share = rate.share(self._nodes)
        own_spare = min(spare, share.reserve)
        if not self._is_there():
            return await self._own.take(line, share, wanted, spare=own_spare)
        settling = not rate.starts_full and self._seconds() < self._settled_at
        own = await self._own.take(line, share, wanted, spare=own_spare) if settling else None
        if own is not None and own.granted == 0 < wanted:
            return own
        try:
            turns = await self._ask(line, rate, own.granted if own else wanted, spare=spare)
        except (RedisError, OSError) as error:
            self._presence.doubt(str(error) or type(error).__name__)
            return await self._without(line, rate, wanted, own, spare=own_spare)
        if own is not None:
            await self._own.use(line, share, turns.granted - own.granted)
        return turns

    async def use(self, line: str, rate: Rate, turns: int) -> None:
        """Count what was used beyond one's turns; see the port."""
        if not self._is_there():
            await self._own.use(line, rate.share(self._nodes), turns)
            return
        try:
            await self._ask(line, rate, 0, used=turns)
        except (RedisError, OSError) as error:
            self._presence.doubt(str(error) or type(error).__name__)

    async def _without(self, line: str, rate: Rate, wanted: int, own: Turns | None, *, spare: int) -> Turns:
        """What Redis cannot be asked any more; what was taken of the share meanwhile counts."""
        if own is not None:
            return own
        return await self._own.take(line, rate.share(self._nodes), wanted, spare=spare)

    def _is_there(self) -> bool:
        seen = (self._presence.is_there, self._presence.times_found)
        if seen != self._seen:
            # What was saved up under the one authority must not come on top of the other's.
            self._own.forget()
            self._seen = seen
            self._settled_at = self._seconds() + _SETTLING_SECONDS
        return seen[0]

    async def _ask(self, line: str, rate: Rate, wanted: int, *, spare: int = 0, used: int = 0) -> Turns:
        begins = "full" if rate.starts_full else self._beginning(line)
        values = (rate.interval, rate.burst, wanted, spare, used, begins, LARGEST_DEBT)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                granted, left, wait = await self._connections.run(_SCRIPT, f"haochaping:pace:{line}", *values)
        except (RedisError, OSError):
            raise
        except Exception as error:
            # What the client makes of a connection that is cut while it is used; no turn hangs on it.
            log.exception("redis_pace_broke")
            raise ConnectionError(type(error).__name__) from error
        if not rate.starts_full:
            self._known[line] = self._seen[1]
        return Turns(granted, left, wait / _MICROSECONDS)

    def _beginning(self, line: str) -> str:
        """What others sent while Redis was away is in no figure of it: it has nothing at hand at first."""
        return "known" if self._known.get(line) == self._seen[1] else "exhausted"
