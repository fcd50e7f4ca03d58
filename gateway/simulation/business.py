"""Business systems: report services late, again and in any order, until they hear that it was taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final, TypeVar

from gateway.domain.errors import Unavailable
from gateway.simulation.equipment import equipment
from gateway.simulation.ledger import Visit
from gateway.simulation.network import Network
from gateway.simulation.processes import ConnectionLost, Program
from gateway.simulation.scene import Scene
from gateway.simulation.surroundings import BEGINNING

T = TypeVar("T")

_LONGEST_PAUSE: Final = 600.0


class BusinessSystem:
    """One for all agencies."""

    def __init__(self, scene: Scene, network: Network) -> None:
        self._scene = scene
        self._network = network
        self._chance = scene.chance.stream("business systems")

    async def report(self, visit: Visit, document: Mapping[str, object]) -> None:
        """Report until it is acknowledged, now and then once more."""
        visit.kind = str(document["kind"])
        times = 1 + self._chance.happens(self._scene.trouble.rates.request_doubled)
        for _ in range(times):
            await self._until_taken(visit, document)
            visit.reported_at = visit.reported_at or self._scene.now
        if document["completed_at"] is not None and visit.known_at is None:
            visit.known_at = self._scene.now

    async def tell_rating(self, visit: Visit, level: int) -> None:
        """Tell of a rating on another channel until it is acknowledged, now and then once more."""
        elsewhere = self._scene.ledger.rate_elsewhere(visit, level)
        document = {
            "service_id": visit.service_id,
            "level_code": level,
            "channel": "mobile",
            "evaluation_id": elsewhere.told_as,
            "agency_code": visit.agency_code,
        }
        rating = equipment().evaluation_documents.parse(document)
        self._scene.note(visit.citizen, f"rates {visit.service_id} {level} elsewhere", "rated elsewhere")
        for _ in range(1 + self._chance.happens(self._scene.trouble.rates.request_doubled)):
            noted = await self._persist(lambda program: program.note(rating))
            if noted.evaluation is not None and elsewhere.acknowledged_at is None:
                elsewhere.acknowledged_at = self._scene.now

    async def _until_taken(self, visit: Visit, document: Mapping[str, object]) -> None:
        report = equipment().service_documents.parse(document)
        result = await self._persist(lambda program: program.register(report))
        self._scene.note(visit.citizen, f"{visit.service_id} reported: {result.value}", "reports")

    async def _persist(self, wish: Callable[[Program], Awaitable[T]]) -> T:
        """Ask until there is an answer."""
        pause = 1.0
        while True:
            try:
                return await self._network.ask(wish)
            except (ConnectionLost, Unavailable):
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)


def service_document(visit: Visit, kind: str, *, finished: bool = True) -> dict[str, object]:
    """A visit as the API takes it."""
    completed_at = visit.completed_at
    done = finished and completed_at is not None
    return {
        "service_id": visit.service_id,
        "kind": kind,
        "phone": visit.phone,
        "agency_code": visit.agency_code,
        "region_code": "441500",
        "item": {"code": visit.item_name, "name": visit.item_name},
        "staff": {"id": "0231", "name": "陈某"} if visit.has_staff else None,
        "visit_no": visit.visit_no,
        "batch_id": visit.group if visit.is_batch else None,
        "theme_id": visit.group if visit.is_theme else None,
        "completed_at": (BEGINNING + timedelta(seconds=completed_at or 0.0)).isoformat() if done else None,
        "language": "zh-CN",
    }
