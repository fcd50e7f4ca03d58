"""Services reported to the API, told to the timeline."""

from __future__ import annotations

import json
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from gateway.web.demo.timeline import Entry, Stage, Timeline
from gateway.web.demo.words import Words

_PATH: Final = "/v1/services"
_TITLE: Final = Words("业务系统报来办件", "The business system reported a service")
_REFUSED_FROM: Final = 400


def watched_reports(timeline: Timeline) -> Middleware:
    """A middleware that changes nothing."""

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.method == "POST" and request.path == _PATH and isinstance(response, web.Response):
            timeline.add(_entry(response))
        return response

    return watch


def _entry(response: web.Response) -> Entry:
    if response.status >= _REFUSED_FROM:
        status = str(response.status)
        return Entry(title=_TITLE, detail=Words(f"已拒绝（{status}）", f"refused ({status})"), tone="refused")
    facts = {"service_id": json.loads(response.text or "{}").get("service_id", "")}
    return Entry(title=_TITLE, stages=(Stage.VERIFY, Stage.PARSE, Stage.COMMIT), facts=facts)
