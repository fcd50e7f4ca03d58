"""What brings citizens and government together: visits, each with its reports, calls and texts."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Final

from gateway.simulation.business import BusinessSystem, service_document
from gateway.simulation.chance import Chance
from gateway.simulation.handsets import Citizen, Handsets
from gateway.simulation.ledger import Visit
from gateway.simulation.scene import Scene
from gateway.simulation.telephone import Telephone

_AGENCIES: Final = ("11441500MB2C90123X", "11441500MB2D012345", "11441500MB2E67890A", "UNKNOWN-AGENCY")
_LAST_HOUR: Final = 3600.0


class Occasion(Enum):
    """How a citizen meets the government."""

    HOTLINE = "a hotline call that nobody reports"
    REPORTED = "a service that is reported"
    REPORTED_CALL = "a hotline call that is also reported"


_OCCASIONS: Final = {Occasion.HOTLINE: 0.4, Occasion.REPORTED: 0.4, Occasion.REPORTED_CALL: 0.2}


class Occasions:
    """Lets citizens live."""

    def __init__(
        self, scene: Scene, telephone: Telephone, business: BusinessSystem, handsets: Handsets
    ) -> None:
        self._scene = scene
        self._telephone = telephone
        self._business = business
        self._handsets = handsets
        self._numbers = 0

    async def live(self, citizen: Citizen, seconds: float, wish: Chance) -> None:
        """One citizen's days."""
        times = sorted(wish.fraction() * (seconds - _LAST_HOUR) for _ in range(wish.whole(1, 3)))
        for at in times:
            await asyncio.sleep(max(0.0, at - self._scene.now))
            occasion = wish.weighted(_OCCASIONS)
            await self._meet(citizen, occasion, wish)

    async def _meet(self, citizen: Citizen, occasion: Occasion, wish: Chance) -> None:
        visit = self._visit(citizen, wish)
        match occasion:
            case Occasion.HOTLINE:
                await self._call(visit, wish, named=False)
            case Occasion.REPORTED:
                kind = wish.pick(("window", "online", "kiosk"))
                visit.has_staff = visit.has_staff and kind == "window"
                await self._business.report(visit, service_document(visit, kind))
            case Occasion.REPORTED_CALL:
                report = asyncio.create_task(self._report_later(visit, wish))
                await asyncio.sleep(wish.seconds(0.1, 120.0))
                await self._call(visit, wish, named=True)
                await report

    async def _report_later(self, visit: Visit, wish: Chance) -> None:
        await asyncio.sleep(wish.seconds(0.1, 7200.0))
        await self._business.report(visit, service_document(visit, "hotline"))

    async def _call(self, visit: Visit, wish: Chance, *, named: bool) -> None:
        sid = self._telephone.next_sid()
        if not named:
            self._scene.ledger.rename(visit, f"call-{sid}")
        opening = {
            "agency_code": visit.agency_code,
            "region_code": "441500",
            "item_code": visit.item_name,
            "item_name": visit.item_name,
            **({"staff_id": "0231"} if visit.has_staff else {}),
            **({"service_id": visit.service_id} if named else {}),
        }
        await self._telephone.call(sid, visit, opening, wish)

    def _visit(self, citizen: Citizen, wish: Chance) -> Visit:
        self._numbers += 1
        number = f"{self._numbers:06d}"
        visit = Visit(
            citizen=citizen.name,
            service_id=f"441500-{number}",
            item_name=f"事项{number}",
            agency_code=wish.pick(_AGENCIES),
            group=f"visit-{number}",
            has_staff=wish.happens(0.6),
            phone=citizen.phone,
            completed_at=self._scene.now,
        )
        citizen.visits.append(visit)
        return self._scene.ledger.add_visit(visit)
