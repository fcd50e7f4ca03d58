"""What goes wrong between one process and its database."""

from __future__ import annotations

import asyncio
from typing import Final

from gateway.domain.errors import Unavailable
from gateway.simulation.lives import Life
from gateway.simulation.scene import Scene

_SLOWEST_SECONDS: Final = 8.0


class ProcessDatabaseTrouble:
    """`DatabaseTrouble` by the rates of the scene."""

    def __init__(self, scene: Scene, life: Life) -> None:
        self._scene = scene
        self._life = life
        self._chance = scene.chance.stream(f"database of {life.name}")

    async def before_begin(self) -> None:
        """See `DatabaseTrouble`."""
        trouble, rates = self._scene.trouble, self._scene.trouble.rates
        if trouble.happens("database: slow", rates.database_slow):
            await asyncio.sleep(self._chance.seconds(0.01, _SLOWEST_SECONDS))
        else:
            # A chance for others, and for a crash, to come between.
            await asyncio.sleep(0)
        self._unless_away()
        self._perhaps("database: refuses", rates.database_refuses)

    async def before_commit(self) -> None:
        """See `DatabaseTrouble`."""
        await asyncio.sleep(0)
        self._unless_away()
        self._perhaps("database: commit fails", self._scene.trouble.rates.commit_fails)

    async def after_commit(self) -> None:
        """See `DatabaseTrouble`."""
        await asyncio.sleep(0)
        self._perhaps("database: answer to commit lost", self._scene.trouble.rates.commit_unknown)

    def _unless_away(self) -> None:
        if self._scene.now < self._scene.database_away_until:
            self._scene.trouble.counts["database: away"] += 1
            self._life.troubled_at = self._scene.now
            raise Unavailable("the database is away")

    def _perhaps(self, name: str, rate: float) -> None:
        if self._scene.trouble.happens(name, rate):
            self._life.troubled_at = self._scene.now
            raise Unavailable(name)
