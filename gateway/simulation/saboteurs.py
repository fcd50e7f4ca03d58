"""Those who crash and stop processes, cut off peers and turn clocks."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine, Sequence
from contextvars import Context
from datetime import timedelta
from typing import Any, Final

from gateway.simulation.chance import Chance
from gateway.simulation.lives import Life
from gateway.simulation.peers import Reach
from gateway.simulation.processes import GatewayProcess
from gateway.simulation.scene import Scene
from gateway.simulation.shared_pace import SimulatedRedis

_DAY: Final = 86400.0
_MOST_STEPS: Final = 60
"""Steps of a process from the beginning of a piece of work, within which it may be made to crash."""
_LONGEST_DOWN: Final = 1800.0
_LONGEST_OUTAGE: Final = 6 * 3600.0
_LONGEST_AWAY: Final = 3600.0
"""Of the database or Redis."""
_WIDEST_JUMP: Final = 120.0


class Saboteurs:
    """All of them, until the trouble is over."""

    def __init__(
        self,
        scene: Scene,
        processes: Sequence[GatewayProcess],
        reaches: Sequence[Reach],
        redis: SimulatedRedis | None,
    ) -> None:
        self._redis = redis
        self._scene = scene
        self._processes = processes
        self._reaches = reaches
        self._chance = scene.chance.stream("saboteurs")

    def errands(self) -> list[Coroutine[Any, Any, None]]:
        """What they do, to be run beside each other."""
        rates = self._scene.trouble.rates
        errands: list[Coroutine[Any, Any, None]] = []
        for process in self._processes:
            chance = self._chance.stream(process.name)
            errands += [
                self._crash(process, rates.crashes_per_day, chance.stream("crashes")),
                self._stop(process, rates.stops_per_day, chance.stream("stops")),
                self._turn(process, rates.jumps_per_day, chance.stream("clock")),
            ]
        away = self._chance.stream("database outages")
        errands.append(self._take_database_away(rates.database_outages_per_day, away))
        if self._redis is not None:
            chance = self._chance.stream("Redis outages")
            errands.append(self._take_redis_away(self._redis, rates.redis_outages_per_day, chance))
        errands += [
            self._cut_off(reach, rates.outages_per_day, self._chance.stream(reach.name))
            for reach in self._reaches
        ]
        return errands

    def crashed(self, life: Life) -> None:
        """The loop cut a life off: its process is started again after a while."""
        process = next(process for process in self._processes if process.life is life)
        self._scene.note("", f"{life.name} crashes", "crashes")
        process.crash()
        pause = self._chance.seconds(0.5, _LONGEST_DOWN)
        asyncio.get_running_loop().call_later(pause, self.start, process, context=Context())

    def start(self, process: GatewayProcess) -> None:
        """Start a process that is down."""
        if process.life is None or process.life.dead:
            process.start()
            self._scene.note("", f"{process.name} starts", "starts")

    async def _crash(self, process: GatewayProcess, per_day: float, chance: Chance) -> None:
        while await self._next(per_day, chance):
            if process.life is not None:
                process.life.doom = chance.whole(1, _MOST_STEPS)

    async def _stop(self, process: GatewayProcess, per_day: float, chance: Chance) -> None:
        while await self._next(per_day, chance):
            if process.is_up:
                life = process.life
                self._scene.note("", f"{process.name} is told to stop", "stops")
                await process.stop()
                if process.life is life:
                    await asyncio.sleep(chance.seconds(1.0, 60.0))
                    self.start(process)

    async def _turn(self, process: GatewayProcess, per_day: float, chance: Chance) -> None:
        skew = self._scene.trouble.rates.skew_seconds
        self._set(process, (chance.fraction() * 2 - 1) * skew)
        while await self._next(per_day, chance):
            self._set(process, (chance.fraction() * 2 - 1) * min(_WIDEST_JUMP, skew * 10))

    def _set(self, process: GatewayProcess, ahead: float) -> None:
        process.clock.ahead = timedelta(seconds=ahead)
        self._scene.worst_skew = max(self._scene.worst_skew, abs(ahead))

    async def _cut_off(self, reach: Reach, per_day: float, chance: Chance) -> None:
        while await self._next(per_day, chance):
            reach.away_until = self._scene.now + chance.seconds(60.0, _LONGEST_OUTAGE)
            self._scene.note("", f"{reach.name} is away", "outages")

    async def _take_database_away(self, per_day: float, chance: Chance) -> None:
        while await self._next(per_day, chance):
            self._scene.database_away_until = self._scene.now + chance.seconds(2.0, _LONGEST_AWAY)
            self._scene.note("", "the database is away", "database outages")

    async def _take_redis_away(self, redis: SimulatedRedis, per_day: float, chance: Chance) -> None:
        while await self._next(per_day, chance):
            redis.leave(chance.seconds(1.0, _LONGEST_AWAY), forgets=chance.happens(0.5))
            self._scene.note("", "Redis is away", "Redis outages")

    async def _next(self, per_day: float, chance: Chance) -> bool:
        """Wait for the next time; False when there is none any more."""
        if per_day <= 0:
            return False
        await asyncio.sleep(-math.log(1 - chance.fraction()) * _DAY / per_day)
        return not self._scene.trouble.over
