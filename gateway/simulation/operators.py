"""The operator, who looks at dead deliveries once the trouble is over and has them tried again."""

from __future__ import annotations

import asyncio
from typing import Final

from gateway.application.ports.database import Chosen, Database
from gateway.domain.outbox import OutboxKind, OutboxState
from gateway.simulation.scene import Scene

_PAUSE_SECONDS: Final = 3600.0
_ROUNDS: Final = 3
_MANY: Final = 1_000_000


class Operator:
    """Does what `haochaping outbox retry` does."""

    def __init__(self, scene: Scene, database: Database) -> None:
        self._scene = scene
        self._database = database

    async def tidy_up(self) -> None:
        """Let dead deliveries to the core store and to mailboxes go again; citizens get no old texts."""
        for _ in range(_ROUNDS):
            await asyncio.sleep(_PAUSE_SECONDS)
            for kind in (OutboxKind.CORE_STORE, OutboxKind.EMAIL):
                await self._retry(kind)

    async def _retry(self, kind: OutboxKind) -> None:
        async with self._database.transaction() as work:
            dead = await work.inspection.rows(OutboxState.DEAD, kind.value, _MANY)
            if dead:
                revived = await work.inspection.revive(
                    Chosen(outbox_ids=[row.outbox_id for row in dead]), self._scene.moment
                )
                self._scene.note(
                    "", f"the operator retries {revived} of kind {kind.value}", "retried by hand"
                )
