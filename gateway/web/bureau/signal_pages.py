"""Signs of pressure and play with ratings, for the bureau to look at (R-16)."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.application.bureau.find_signals import FindSignals
from gateway.application.ports.clock import Clock
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.bureau.signals import BURST_WITHIN, StaffMember
from gateway.domain.figures.month import Month
from gateway.domain.plain_text import one_line
from gateway.domain.rules import Rules
from gateway.web.bureau.door import PATH
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat
from gateway.web.pages.follow_up_words import moment

SIGNALS: Final = f"{PATH}/signals"
_BAD_MONTH: Final = (
    "没有这个月份",
    "月份请写成 2026-11 的样子。",
    "There is no such month; write it as 2026-11.",
)


class SignalPages:
    """One page, of one month."""

    def __init__(
        self, looks: Looks, find: FindSignals, directory: AgencyDirectory, clock: Clock, rules: Rules
    ) -> None:
        self._looks = looks
        self._find = find
        self._directory = directory
        self._clock = clock
        self._zone = rules.timezone

    async def look(self, request: web.Request, seat: Seat) -> web.Response:
        """This month unless another is asked for."""
        local = self._clock.now().astimezone(self._zone)
        try:
            month = Month.read(request.query.get("month", "") or f"{local:%Y-%m}")
        except ValueError:
            return self._looks.message(422, *_BAD_MONTH, link=(SIGNALS, "返回"))
        found = await self._find(month)
        return self._looks.page(
            seat,
            200,
            "signals.html",
            here=SIGNALS,
            month=str(month),
            minutes=int(BURST_WITHIN.total_seconds() // 60),
            withheld=[
                (*self._who(o.staff), o.calls, o.calls - o.offered, f"{o.share_without:.0%}")
                for o in found.withheld or ()
            ],
            is_known=found.withheld is not None,
            from_staff=[(*self._who(each.staff), each.ratings) for each in found.from_staff],
            from_one_number=[(*self._who(each.staff), each.ratings) for each in found.from_one_number],
            bursts=[
                (*self._who(each.staff), each.ratings, moment(each.began_at, self._zone))
                for each in found.bursts
            ],
        )

    def _who(self, staff: StaffMember) -> tuple[str, str]:
        agency = self._directory.find(staff.agency_code)
        name = f"{one_line(staff.name)} {one_line(staff.code)}".strip()
        return name, agency.name if agency else one_line(staff.agency_code)
