"""For operators and their tools: alive, ready, figures."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog
from aiohttp import web

from gateway.domain.errors import GatewayError
from gateway.telemetry.metrics import CONTENT_TYPE
from gateway.web.api.answers import CheckResult, Liveness, Readiness
from gateway.web.api.parts import ApiParts, Check
from gateway.web.api.services import json_answer

log = structlog.get_logger()

_PATIENCE: Final = 5.0
"""Seconds a check may take."""
_NEVER_STORED: Final = {"Cache-Control": "no-store"}


class OperationHandlers:
    """`/healthz`, `/readyz`, `/metrics`."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts

    async def alive(self, _request: web.Request) -> web.StreamResponse:
        """The process answers."""
        return json_answer(Liveness(status="ok"), headers=_NEVER_STORED)

    async def ready(self, _request: web.Request) -> web.StreamResponse:
        """Whether everything we depend on is there: 200, or 503 with the reasons."""
        results = await self._look()
        ready = all(result.status != "failed" for result in results.values())
        answer = Readiness(status="ready" if ready else "not_ready", checks=results)
        return json_answer(answer, status=200 if ready else 503, headers=_NEVER_STORED)

    async def figures(self, _request: web.Request) -> web.StreamResponse:
        """The figures for Prometheus, with what can only be known by looking."""
        await asyncio.gather(self._look(), self._measure())
        headers = {"Content-Type": CONTENT_TYPE, **_NEVER_STORED}
        return web.Response(body=self._parts.metrics.expose(), headers=headers)

    async def _look(self) -> dict[str, CheckResult]:
        needed, dispensable = self._parts.checks, self._parts.dispensable
        checks = {**needed, **dispensable}
        found = await asyncio.gather(*(_patient(c) for c in checks.values()), return_exceptions=True)
        results = {
            name: _result(name, outcome, needed=name in needed)
            for name, outcome in zip(checks, found, strict=True)
        }
        for name, result in results.items():
            self._parts.metrics.check_judged(check=name, passing=result.status == "ok")
        return results

    async def _measure(self) -> None:
        try:
            await _patient(self._parts.measure)
        except Exception as error:  # noqa: BLE001 - the other figures are worth having without these
            log.warning("not_measured", error=type(error).__name__)


async def _patient(check: Check) -> None:
    async with asyncio.timeout(_PATIENCE):
        await check()


def _result(name: str, outcome: BaseException | None, *, needed: bool) -> CheckResult:
    if outcome is None:
        return CheckResult(status="ok", reason="")
    if needed:
        log.warning("check_failed", check=name, why=str(outcome), error=type(outcome).__name__)
    return CheckResult(status="failed" if needed else "degraded", reason=_reason(outcome))


def _reason(outcome: BaseException) -> str:
    if isinstance(outcome, TimeoutError):
        return f"no answer within {_PATIENCE:.0f} seconds"
    # Words of ours only: a library's may hold addresses and credentials, and anybody may ask.
    return str(outcome) if isinstance(outcome, GatewayError) else type(outcome).__name__
