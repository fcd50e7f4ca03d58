"""Evaluations: told by other channels, and listed for those who keep their own books."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.application.watch_evaluations import Watch
from gateway.domain.json_objects import read_json_object
from gateway.domain.rating_rules import Refusal
from gateway.web.api.answers import EvaluationList, Noted
from gateway.web.api.paging import read_page_request
from gateway.web.api.parts import ApiParts
from gateway.web.api.services import json_answer
from gateway.web.api.views import Views
from gateway.web.problems import Problem, problem_response

PATH: Final = "/v1/evaluations"
REFUSALS: Final = {
    Refusal.RATED_TWICE: Problem(
        status=409, kind="rated-twice", detail="it has its first and its additional evaluation already"
    ),
    Refusal.PERIOD_OVER: Problem(
        status=409, kind="period-over", detail="the period for an additional evaluation is over"
    ),
    Refusal.NOT_RATEABLE: Problem(
        status=409,
        kind="not-rateable",
        detail="this cannot be rated on this visit: an item only once the service is finished, staff only "
        "where a member of staff is known and the service was neither online nor at a kiosk",
    ),
}
_CROWDED: Final = Problem(
    status=503,
    kind="too-many-waiting",
    detail="too many callers wait for evaluations already; list without wait, or try again",
    headers={"Retry-After": "5"},
)


class EvaluationHandlers:
    """`POST /v1/evaluations` and `GET /v1/evaluations`."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._views = Views(parts.zone, parts.agencies)

    async def note(self, request: web.Request) -> web.StreamResponse:
        """Note a rating given elsewhere: 201 recorded, 200 told before, 409 refused by the rules."""
        rating = self._parts.evaluation_documents.parse(read_json_object(await request.read()))
        noted = await self._parts.note(rating)
        if noted.evaluation is None:
            return problem_response(request, REFUSALS[noted.refusal or Refusal.NOT_RATEABLE])
        answer = Noted(repeated=noted.repeated, evaluation=self._views.evaluation(noted.evaluation))
        return json_answer(answer, status=200 if noted.repeated else 201)

    async def list_page(self, request: web.Request) -> web.StreamResponse:
        """A page of what was recorded, as soon as there is one where the caller waits for it."""
        asked = read_page_request(request.query)
        watch = Watch(since=asked.since, after=asked.after, limit=asked.limit, wait_seconds=asked.wait)
        page = await self._parts.watch_evaluations(watch, lambda: request.transport is None)
        if page is None:
            return problem_response(request, _CROWDED)
        # Who waits goes on for ever; who lists stops at the end of what there is now.
        after = page.next_after if page.next_after or not asked.wait else page.last or asked.after
        link = asked.next_link(PATH, after) if after is not None else None
        answer = EvaluationList(
            evaluations=[self._views.evaluation(evaluation) for evaluation in page.evaluations], next=link
        )
        return json_answer(answer, headers={"Link": f'<{link}>; rel="next"'} if link else None)
