"""Spot checks and what repeats: how the bureau finds where to look closer (R-13, R-15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from gateway.application.bureau.spot_check import Drawn, SpotChecks
from gateway.application.ports.clock import Clock
from gateway.application.ports.database import Repeat, RepeatKind
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.bureau.officers import Permission
from gateway.domain.bureau.sampling import LARGEST, Sample
from gateway.domain.figures.month import Month
from gateway.domain.plain_text import one_line, storable
from gateway.domain.rules import Rules
from gateway.web.bureau.door import PATH
from gateway.web.bureau.follow_up_list import LIST
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat
from gateway.web.pages.follow_up_words import moment

SAMPLES: Final = f"{PATH}/spot-checks"
REPEATS: Final = f"{PATH}/repeats"
_SHOWN: Final = 50
_USUAL_SIZE: Final = 10
_KINDS: Final = {RepeatKind.AGENCY: "承办单位", RepeatKind.ITEM: "服务事项", RepeatKind.STAFF: "服务人员"}
_PERIODS: Final = (30, 90, 180, 365)
_USUAL_PERIOD: Final = 90
_USUAL_LEAST: Final = 2
_BAD_MONTH: Final = ("月份请写成 2026-11 的样子。", "Write the month as 2026-11.")
_BAD_SIZE: Final = (f"抽取数量请填1至{LARGEST}。", f"Draw 1 to {LARGEST}.")
_NOTHING: Final = (
    "这个月没有可以抽查的工单：已经给出结论、承办单位已经办完的才能抽。",
    "Nothing to draw: only what has a verdict and is done by the agency.",
)

Fault = tuple[str, str]


class OversightPages:
    """Samples, and repetition."""

    def __init__(
        self, looks: Looks, checks: SpotChecks, directory: AgencyDirectory, clock: Clock, rules: Rules
    ) -> None:
        self._looks = looks
        self._checks = checks
        self._directory = directory
        self._clock = clock
        self._zone = rules.timezone

    async def samples(self, _request: web.Request, seat: Seat) -> web.Response:
        """What was drawn, and the form to draw again."""
        return await self._show(seat, 200)

    async def draw(self, _request: web.Request, seat: Seat) -> web.Response:
        """Draw a sample."""
        try:
            month = Month.read(seat.fields.get("month", ""))
        except ValueError:
            return await self._show(seat, 422, _BAD_MONTH)
        size = _number(seat.fields.get("size", ""), LARGEST)
        if size is None:
            return await self._show(seat, 422, _BAD_SIZE)
        agency = storable(seat.fields.get("agency", ""))[:64]
        sample = await self._checks.draw(seat.doer, month, agency, size)
        if sample is None:
            return await self._show(seat, 422, _NOTHING)
        return self._looks.moved_on(f"{SAMPLES}/{sample.sample_id}")

    async def sample(self, request: web.Request, seat: Seat) -> web.Response:
        """One sample, and how far it is checked."""
        found = await self._checks.look(storable(request.match_info["sample_id"]))
        if found is None:
            raise web.HTTPNotFound
        sample, drawn = found
        return self._looks.page(
            seat,
            200,
            "sample.html",
            here=SAMPLES,
            sample=self._line(sample),
            seed=sample.seed,
            digest=sample.population_digest,
            rows=[self._row(sample, each) for each in drawn],
        )

    async def repeats(self, request: web.Request, seat: Seat) -> web.Response:
        """Who was rated badly more than once."""
        days = _number(request.query.get("days", ""), max(_PERIODS)) or _USUAL_PERIOD
        least = max(_number(request.query.get("least", ""), 999) or _USUAL_LEAST, _USUAL_LEAST)
        found = await self._checks.repeats(self._clock.now() - timedelta(days=days), least)
        return self._looks.page(
            seat,
            200,
            "repeats.html",
            here=REPEATS,
            days=days,
            least=least,
            periods=_PERIODS,
            groups=[
                (_KINDS[kind], [self._repeat(kind, each) for each in rows]) for kind, rows in found.items()
            ],
        )

    async def _show(self, seat: Seat, status: int, fault: Fault | None = None) -> web.Response:
        local = self._clock.now().astimezone(self._zone)
        filled = seat.fields
        return self._looks.page(
            seat,
            status,
            "samples.html",
            here=SAMPLES,
            may_draw=seat.may(Permission.HANDLE),
            samples=[self._line(sample) for sample in await self._checks.samples(_SHOWN)],
            agencies=sorted((agency.code, agency.name) for agency in self._directory.agencies.values()),
            month=filled.get("month", "") or f"{local:%Y-%m}",
            agency=filled.get("agency", ""),
            size=filled.get("size", "") or _USUAL_SIZE,
            largest=LARGEST,
            fault=fault,
        )

    def _line(self, sample: Sample) -> dict[str, object]:
        return {
            "number": sample.sample_id,
            "path": f"{SAMPLES}/{sample.sample_id}",
            "at": moment(sample.drawn_at, self._zone),
            "by": sample.drawn_by,
            "month": str(sample.month),
            "agency": self._agency(sample.agency_code) if sample.agency_code else "全部单位",
            "size": len(sample.follow_up_ids),
            "population": sample.population,
        }

    def _row(self, sample: Sample, drawn: Drawn) -> dict[str, str]:
        follow_up = drawn.follow_up
        return {
            "number": drawn.follow_up_id,
            "path": f"{LIST}/{drawn.follow_up_id}?{urlencode({'sample': sample.sample_id})}",
            "agency": self._agency(follow_up.agency_code) if follow_up else "",
            "state": follow_up.state.name_zh if follow_up else "已删除",
            "result": {True: "属实", False: "不实", None: "未抽查"}[drawn.passed],
            "at": moment(drawn.checked_at, self._zone) if drawn.checked_at else "",
        }

    def _repeat(self, kind: RepeatKind, repeat: Repeat) -> dict[str, object]:
        agency = self._agency(repeat.agency_code) if repeat.agency_code else ""
        query = {"agency": repeat.agency_code} if repeat.agency_code else {}
        if kind is not RepeatKind.AGENCY:
            query["subject"] = repeat.code
        return {
            "name": agency if kind is RepeatKind.AGENCY else one_line(repeat.name) or "（未命名）",
            "code": one_line(repeat.code),
            "agency": agency if kind is RepeatKind.STAFF else "",
            "bad": repeat.bad,
            "overdue": repeat.overdue,
            "path": f"{LIST}?{urlencode(query)}",
        }

    def _agency(self, code: str) -> str:
        agency = self._directory.find(code)
        return agency.name if agency else f"{one_line(code)}（未登记的单位）"


def _number(text: str, most: int) -> int | None:
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    return int(text) if fits and 1 <= int(text) <= most else None
