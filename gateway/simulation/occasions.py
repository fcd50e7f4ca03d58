"""What brings citizens and government together: visits, each with its reports, calls and texts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
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
    BATCH = "several filings of one item in one visit"
    THEME = "several items of one theme"
    OPEN = "a visit that is finished later"
    ELSEWHERE = "a service that is rated on another channel"
    VISITS = "a service that takes two visits"


_OCCASIONS: Final = {
    Occasion.HOTLINE: 0.3,
    Occasion.REPORTED: 0.2,
    Occasion.REPORTED_CALL: 0.15,
    Occasion.BATCH: 0.12,
    Occasion.THEME: 0.08,
    Occasion.OPEN: 0.07,
    Occasion.ELSEWHERE: 0.08,
    Occasion.VISITS: 0.1,
}


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
        self._citizens: dict[str, Citizen] = {}

    async def live(self, citizen: Citizen, seconds: float, wish: Chance) -> None:
        """One citizen's days."""
        self._citizens[citizen.name] = citizen
        times = sorted(wish.fraction() * (seconds - _LAST_HOUR) for _ in range(wish.whole(1, 3)))
        for at in times:
            await asyncio.sleep(max(0.0, at - self._scene.now))
            occasion = wish.weighted(_OCCASIONS)
            if occasion is Occasion.BATCH:
                await self._meet_about_several(self._batch(citizen, wish), "window", wish)
            elif occasion is Occasion.THEME:
                await self._meet_about_several(self._theme(citizen, wish), "window", wish)
            else:
                await self._meet(self._visit(citizen, wish), occasion, wish)

    async def _meet(self, visit: Visit, occasion: Occasion, wish: Chance) -> None:
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
            case Occasion.OPEN:
                await self._finish_later(visit, wish)
            case Occasion.VISITS:
                await self._come_again(visit, wish)
            case _:
                await self._rate_elsewhere(visit, wish)

    async def _meet_about_several(self, visits: Sequence[Visit], kind: str, wish: Chance) -> None:
        """All are reported in any order; the citizen may be called about one of them, known or not."""
        reports = [asyncio.create_task(self._report_later(visit, wish, kind)) for visit in visits]
        for _ in range(wish.pick((0, 1, 1, 2))):
            await asyncio.sleep(wish.seconds(0.1, 7200.0))
            await self._call(wish.pick(visits), wish, named=True)
        await asyncio.gather(*reports)

    async def _finish_later(self, visit: Visit, wish: Chance) -> None:
        """The open visit is reported, staff may be rated, and some time later the service is finished."""
        visit.completed_at = None
        visit.has_staff = True
        opened = service_document(visit, "window", finished=False)
        await self._business.report(visit, opened)
        if wish.happens(0.6):
            await self._call(visit, wish, named=True)
        await asyncio.sleep(wish.seconds(60.0, 40_000.0))
        visit.completed_at = self._scene.now
        await self._business.report(visit, service_document(visit, "window"))
        if wish.happens(0.2):
            await self._business.report(visit, opened)

    async def _come_again(self, first: Visit, wish: Chance) -> None:
        """The first visit finishes nothing, the second does; the staff of each can be rated (R-4)."""
        first.completed_at, first.has_staff, first.of_several = None, True, True
        opened = service_document(first, "window", finished=False)
        await self._business.report(first, opened)
        if wish.happens(0.7):
            await self._call(first, wish, named=True)
        await asyncio.sleep(wish.seconds(60.0, 40_000.0))
        second = self._again(first)
        reported = asyncio.create_task(self._report_later(second, wish, "window"))
        if wish.happens(0.7):
            await asyncio.sleep(wish.seconds(0.1, 7200.0))
            await self._call(second, wish, named=True)
        if wish.happens(0.3):
            await self._business.report(first, opened)
        await reported

    async def _rate_elsewhere(self, visit: Visit, wish: Chance) -> None:
        """Its own system tells of the rating, perhaps before it tells of the service."""
        visit.has_staff = False
        reported = asyncio.create_task(self._report_later(visit, wish, "online"))
        await asyncio.sleep(wish.seconds(0.1, 7200.0))
        await self._business.tell_rating(visit, wish.whole(1, 5))
        await reported

    async def _report_later(self, visit: Visit, wish: Chance, kind: str = "hotline") -> None:
        await asyncio.sleep(wish.seconds(0.1, 7200.0))
        await self._business.report(visit, service_document(visit, kind))

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
            **({"visit_no": visit.visit_no} if visit.of_several else {}),
            **({"scope": wish.pick(("service", "whole"))} if visit.is_theme and wish.happens(0.5) else {}),
        }
        await self._telephone.call(sid, visit, opening, wish)

    def _batch(self, citizen: Citizen, wish: Chance) -> list[Visit]:
        first = self._visit(citizen, wish)
        first.is_batch = True
        return [first, *(self._visit(citizen, wish, like=first) for _ in range(wish.whole(1, 3)))]

    def _theme(self, citizen: Citizen, wish: Chance) -> list[Visit]:
        visits = [self._visit(citizen, wish) for _ in range(wish.whole(2, 3))]
        for visit in visits:
            visit.is_theme, visit.has_staff = True, False
            self._scene.ledger.join(visit, visits[0].group)
        return visits

    def _again(self, first: Visit) -> Visit:
        """The next visit of the same service."""
        second = replace(first, visit_no=first.visit_no + 1, completed_at=self._scene.now, known_at=None)
        second.group = f"{first.group}.{second.visit_no}"
        self._citizens[first.citizen].visits.append(second)
        return self._scene.ledger.add_visit(second)

    def _visit(self, citizen: Citizen, wish: Chance, like: Visit | None = None) -> Visit:
        """A visit of one's own, or a further filing of the same batch."""
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
        if like is not None:
            visit.item_name, visit.agency_code, visit.group = like.item_name, like.agency_code, like.group
            visit.has_staff, visit.is_batch = like.has_staff, True
        citizen.visits.append(visit)
        return self._scene.ledger.add_visit(visit)
