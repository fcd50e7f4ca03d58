"""The figures of a month: a page with charts, and files to take along (R-14)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web
from markupsafe import Markup

from gateway.application.draw_figures import DrawFigures, MonthlyFigures, Reports
from gateway.application.ports.clock import Clock
from gateway.domain.figures.month import Month
from gateway.domain.rules import Rules
from gateway.web.bureau.door import PATH
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat

FIGURES: Final = f"{PATH}/figures"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BAD_MONTH: Final = (
    "没有这个月份",
    "月份请写成 2026-11 的样子。",
    "There is no such month; write it as 2026-11.",
)


class FiguresPages:
    """Figures, as page and as files."""

    def __init__(
        self, looks: Looks, draw: DrawFigures, reports: Reports, clock: Clock, rules: Rules, smallest: int
    ) -> None:
        """`smallest`: groups of fewer ratings are told only together."""
        self._looks = looks
        self._draw = draw
        self._reports = reports
        self._clock = clock
        self._zone = rules.timezone
        self._smallest = smallest

    async def look(self, request: web.Request, seat: Seat) -> web.Response:
        """The page; this month unless another is asked for."""
        local = self._clock.now().astimezone(self._zone)
        month = _month(request, f"{local:%Y-%m}")
        if month is None:
            return self._looks.message(422, *_BAD_MONTH, link=(FIGURES, "返回"))
        figures = await self._draw(month, self._clock.now(), self._smallest)
        section = await asyncio.to_thread(self._reports.section, figures)
        # Rendered by us, with every word from outside escaped.
        return self._looks.page(
            seat,
            200,
            "figures.html",
            here=FIGURES,
            month=str(month),
            section=Markup(section),  # noqa: S704
            smallest=self._smallest,
        )

    async def csv(self, request: web.Request, _seat: Seat) -> web.Response:
        """The groups as CSV."""
        return await self._file(request, self._reports.csv, "csv", "text/csv; charset=utf-8")

    async def workbook(self, request: web.Request, _seat: Seat) -> web.Response:
        """Everything as a workbook."""
        return await self._file(request, self._reports.workbook, "xlsx", _XLSX)

    async def _file(
        self, request: web.Request, write: Callable[[MonthlyFigures], bytes], ending: str, kind: str
    ) -> web.Response:
        month = _month(request, "")
        if month is None:
            return self._looks.message(422, *_BAD_MONTH, link=(FIGURES, "返回"))
        figures = await self._draw(month, self._clock.now(), self._smallest)
        content = await asyncio.to_thread(write, figures)
        headers = {
            "Content-Type": kind,
            "Content-Disposition": f'attachment; filename="haochaping-{month}.{ending}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return web.Response(body=content, headers=headers)


def _month(request: web.Request, otherwise: str) -> Month | None:
    try:
        return Month.read(request.query.get("month", "") or otherwise)
    except ValueError:
        return None
