"""Services: reported one at a time, and shown with everything about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from aiohttp import web

from gateway.application.register_service import Registration, ServiceReport
from gateway.domain.ids import ServiceId
from gateway.domain.json_objects import read_json_object
from gateway.domain.plain_text import printable
from gateway.web.api.answers import Answer, Registered
from gateway.web.api.parts import ApiParts
from gateway.web.api.views import Views
from gateway.web.api.warnings import warnings_of

PATH: Final = "/v1/services"
_CREATED: Final = 201
_OK: Final = 200


class ServiceHandlers:
    """`POST /v1/services` and `GET /v1/services/{service_id}`."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts
        self._views = Views(parts.zone, parts.agencies)

    async def report(self, request: web.Request) -> web.StreamResponse:
        """Keep one service: 201 new, 200 the same again or more of it, 409 other content."""
        document = read_json_object(await request.read())
        report = self._parts.service_documents.parse(document)
        registration = await self._parts.register(report)
        answer = Registered.model_validate(registered(self._parts, document, report, registration))
        location = f"{PATH}/{quote(report.service.service_id, safe='')}"
        return json_answer(answer, status=status_of(registration), headers={"Location": location})

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The state of one service."""
        service_id = request.match_info["service_id"]
        readable = service_id == printable(service_id)
        state = await self._parts.describe(ServiceId(service_id)) if readable else None
        if state is None:
            raise web.HTTPNotFound(text="no such service was reported, called or rated")
        return json_answer(self._views.service(state))


def registered(
    parts: ApiParts, document: Mapping[str, object], report: ServiceReport, registration: Registration
) -> dict[str, object]:
    """What the API says of a service that was kept."""
    return {
        "service_id": report.service.service_id,
        "visit_no": report.service.visit_no,
        "registration": registration.value,
        "rateable": [kind.value for kind in report.service.rateable_subjects],
        "warnings": warnings_of(report, parts.agencies, phone_given=bool(document.get("phone"))),
    }


def status_of(registration: Registration) -> int:
    """201 for what is new to us, 200 for everything we knew of."""
    return _CREATED if registration is Registration.NEW else _OK


def json_answer(
    answer: Answer, *, status: int = _OK, headers: Mapping[str, str] | None = None
) -> web.Response:
    """An answer as JSON."""
    return web.Response(
        text=answer.model_dump_json(), status=status, headers=headers, content_type="application/json"
    )
