"""A Redis at which all processes take turns, which goes away and forgets; and whether the pace holds then.

`RedisPace` is the production's. What its script does on the server is done here again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from redis.exceptions import ConnectionError as RedisConnectionError

from gateway.adapters.coordination.redis_connections import RedisConnections
from gateway.adapters.coordination.redis_pace import RedisPace
from gateway.adapters.coordination.redis_presence import RedisPresence
from gateway.simulation.ledger import Violation

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from gateway.application.ports.pace import Pace
    from gateway.domain.pace import Rate, Turns
    from gateway.simulation.scene import Scene

_MICROSECONDS: Final = 1_000_000
_SOONEST_FOUND, _LATEST_FOUND = 1.0, 5.0
"""Seconds after which a process finds Redis again."""
_ROUNDING: Final = 1
"""Turns by which two clocks of whole microseconds may differ."""


class SimulatedRedis(RedisConnections):
    """What paces need of it.

    It goes for all or for none: a process that alone loses it adds its share to what the others get there.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._chance = scene.chance.stream("Redis")
        self._paid: dict[str, int] = {}
        self.away_until = 0.0

    async def run(self, script: str, key: str, *values: float | str) -> Any:  # noqa: ANN401 - as its base
        """The script of `RedisPace`, as the server runs it."""
        del script
        await asyncio.sleep(0.0005 + self._chance.fraction() * 0.002)
        if self._scene.now < self.away_until:
            self._scene.trouble.counts["Redis: away"] += 1
            raise RedisConnectionError("the simulated Redis is away")
        return self._count(key, values)

    def leave(self, seconds: float, *, forgets: bool) -> None:
        """Go away for so long; perhaps come back empty."""
        self.away_until = self._scene.now + seconds
        if forgets:
            self._paid.clear()

    def pace(self, nodes: int) -> tuple[Pace, Coroutine[Any, Any, None]]:
        """A process's way to its turns, and what watches for it whether Redis is there."""
        presence = RedisPresence()
        return RedisPace(self, presence, nodes, lambda: self._scene.now), self._watch(presence)

    async def _watch(self, presence: RedisPresence) -> None:
        while True:
            if self._scene.now >= self.away_until:
                presence.found()
                await presence.doubted.wait()
                presence.doubted.clear()
            left = max(self.away_until - self._scene.now, 0.0)
            await asyncio.sleep(left + self._chance.seconds(_SOONEST_FOUND, _LATEST_FOUND))

    def _count(self, key: str, values: Sequence[float | str]) -> tuple[int, int, int]:
        *plain, begins, debt = values
        interval, burst, wanted, spare, used = (int(value) for value in plain)
        now = int(self._scene.now * _MICROSECONDS)
        exhausted = now + burst * interval
        paid = self._paid.get(key)
        if paid is None:
            paid = now if begins == "full" else exhausted
        if begins == "exhausted":
            paid = max(paid, exhausted)
        paid = min(max(paid, now), exhausted + int(debt))
        paid = max(paid + used * interval, now)
        granted = max(0, min(wanted, (exhausted - paid) // interval - spare))
        paid += granted * interval
        self._paid[key] = paid
        left = (exhausted - paid) // interval
        return granted, left, paid + (1 + spare) * interval - exhausted if left <= spare else 0


class Meter:
    """Counts the turns of all processes together: never more than the rate and its burst."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._paid_at: dict[str, float] = {}

    def grant(self, line: str, rate: Rate, turns: int) -> None:
        """Somebody was granted turns."""
        paid_at = self._paid(line) + turns * self._interval(rate)
        self._paid_at[line] = paid_at
        if turns and paid_at > self._exhausted(rate) + _ROUNDING * self._interval(rate):
            what = f"{line} got {turns} turns too soon"
            self._scene.break_promise(Violation("no carrier gets more than it takes", what))

    def use(self, line: str, rate: Rate, turns: int) -> None:
        """Turns were given back, or more were used: those are paid for later, by whoever knows of them."""
        paid_at = self._paid(line) + turns * self._interval(rate)
        self._paid_at[line] = min(paid_at, self._exhausted(rate))

    def _paid(self, line: str) -> float:
        return max(self._paid_at.get(line, 0.0), self._scene.now)

    def _exhausted(self, rate: Rate) -> float:
        return self._scene.now + rate.burst * self._interval(rate)

    def _interval(self, rate: Rate) -> float:
        return rate.interval / _MICROSECONDS


class WatchedPace:
    """The port `Pace`, with a meter that all processes share."""

    def __init__(self, pace: Pace, meter: Meter) -> None:
        self._pace = pace
        self._meter = meter

    async def take(self, line: str, rate: Rate, wanted: int, *, spare: int = 0) -> Turns:
        """See the port."""
        turns = await self._pace.take(line, rate, wanted, spare=spare)
        self._meter.grant(line, rate, turns.granted)
        return turns

    async def use(self, line: str, rate: Rate, turns: int) -> None:
        """See the port."""
        # Before others can take what is given back.
        self._meter.use(line, rate, turns)
        await self._pace.use(line, rate, turns)
