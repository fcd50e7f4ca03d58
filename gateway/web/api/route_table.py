"""All routes of the API."""

from __future__ import annotations

from typing import Final

from gateway.web.api import answers
from gateway.web.api.bulk import MEDIA_TYPE, BulkHandler
from gateway.web.api.evaluations import EvaluationHandlers
from gateway.web.api.mails import MEDIA_TYPE as MAIL
from gateway.web.api.mails import MailHandler
from gateway.web.api.operations import OperationHandlers
from gateway.web.api.paging import DEFAULT_LIMIT, LARGEST_LIMIT, LONGEST_WAIT
from gateway.web.api.parts import ApiParts
from gateway.web.api.routes import Body, Parameter, Result, Route
from gateway.web.api.services import ServiceHandlers

SERVICE_DOCUMENT: Final = "ServiceDocument"
EVALUATION_DOCUMENT: Final = "EvaluationDocument"
_OPERATORS: Final = "Operation"
_SERVICES: Final = "Services"
_EVALUATIONS: Final = "Evaluations"
_MAILS: Final = "Mail"
_SHELL: Final = 'curl -H "Authorization: Bearer $TOKEN"'
_SERVICE_EXAMPLE: Final = {
    "service_id": "441500-20261123-000123",
    "kind": "hotline",
    "phone": "+8613800138000",
    "agency_code": "11441500MB2C90123X",
    "region_code": "441500",
    "item": {"code": "4415000001", "name": "居民身份证换领"},
    "staff": {"id": "0231", "name": "陈某"},
    "visit_no": 1,
    "completed_at": "2026-11-23T10:00:00+08:00",
    "language": "zh-CN",
}
_EVALUATION_EXAMPLE: Final = {
    "service_id": "441500-20261123-000123",
    "evaluation_id": "app-7731",
    "subject": "item",
    "level": "satisfied",
    "channel": "mobile",
    "evaluated_at": "2026-11-23T11:30:00+08:00",
}
_MOMENT: Final = {"type": "string", "format": "date-time"}


def routes_of(parts: ApiParts) -> list[Route]:
    """The routes, in the order in which they are described."""
    return [
        *_service_routes(parts),
        *_evaluation_routes(parts),
        _mail_route(parts),
        *operation_routes(parts),
    ]


def _service_routes(parts: ApiParts) -> list[Route]:
    services = ServiceHandlers(parts)
    return [
        Route(
            method="POST",
            path="/v1/services",
            handler=services.report,
            operation_id="reportService",
            tag=_SERVICES,
            summary="A service was finished, visited, or a hotline call ended",
            description="The pair of `service_id` and `visit_no` is what a repeat is recognised by. A visit "
            "reported with `completed_at` null is finished by the same document with a moment in it.",
            body=Body("One visit of a service.", SERVICE_DOCUMENT, example=_SERVICE_EXAMPLE),
            results={
                201: Result("New to us.", answers.Registered),
                200: Result("The same again, or what completes it.", answers.Registered),
            },
            problems=(400, 409, 413, 422),
            example=f"{_SHELL} --json @service.json {{url}}/v1/services",
        ),
        Route(
            method="POST",
            path="/v1/services/bulk",
            handler=BulkHandler(parts).handle,
            operation_id="reportServices",
            tag=_SERVICES,
            summary="Many services as a stream",
            description="One document per line, one result per line in the same order, each sent as soon as "
            "it is durable. A faulty line stops none of the others. Read while you send.",
            body=Body("NDJSON; each line is a service document.", SERVICE_DOCUMENT, MEDIA_TYPE),
            results={
                200: Result("NDJSON; each line is a result or a problem.", answers.BulkLine, MEDIA_TYPE)
            },
            example=f"{_SHELL} -T services.ndjson -X POST {{url}}/v1/services/bulk",
        ),
        Route(
            method="GET",
            path="/v1/services/{service_id}",
            handler=services.show,
            operation_id="showService",
            tag=_SERVICES,
            summary="How a service stands",
            description="What may be rated and what was, the reminder, texts, follow-ups, of all visits.",
            parameters=(
                Parameter("service_id", "path", "Case number 办件编号, percent-encoded.", {"type": "string"}),
            ),
            results={200: Result("Its state.", answers.Service)},
            problems=(404,),
            example=f"{_SHELL} {{url}}/v1/services/441500-20261123-000123",
        ),
    ]


def _evaluation_routes(parts: ApiParts) -> list[Route]:
    evaluations = EvaluationHandlers(parts)
    limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    wait = {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0}
    return [
        Route(
            method="POST",
            path="/v1/evaluations",
            handler=evaluations.note,
            operation_id="noteEvaluation",
            tag=_EVALUATIONS,
            summary="The service was rated on another channel",
            description="It counts for “once” and ends the reminder. The core store's own document is taken "
            "as it is. A service that is not known yet is kept as provisional.",
            body=Body("A rating.", EVALUATION_DOCUMENT, example=_EVALUATION_EXAMPLE),
            results={
                201: Result("Recorded.", answers.Noted),
                200: Result("Told before; nothing changed.", answers.Noted),
            },
            problems=(400, 409, 413, 422),
            example=f"{_SHELL} --json @evaluation.json {{url}}/v1/evaluations",
        ),
        Route(
            method="GET",
            path="/v1/evaluations",
            handler=evaluations.list_page,
            operation_id="listEvaluations",
            tag=_EVALUATIONS,
            summary="What was recorded",
            description="In the order of recording, on all channels. Follow `next` until it is null. With "
            "`wait`, a page that would be empty is answered as soon as something is recorded, or when the "
            "time is over; its `next` is never null, so that following it is a live view.",
            parameters=(
                Parameter("since", "query", "Only what was recorded at or after this moment.", _MOMENT),
                Parameter("cursor", "query", "From the `next` of the page before.", {"type": "string"}),
                Parameter("limit", "query", "Evaluations on a page.", limit),
                Parameter("wait", "query", "Seconds to wait for an evaluation to show.", wait),
            ),
            results={200: Result("A page.", answers.EvaluationList)},
            problems=(422,),
            example=f"{_SHELL} '{{url}}/v1/evaluations?since=2026-11-23T00:00:00%2B08:00'",
        ),
    ]


def _mail_route(parts: ApiParts) -> Route:
    return Route(
        method="POST",
        path="/v1/mails",
        handler=MailHandler(parts).take,
        operation_id="takeMail",
        tag=_MAILS,
        summary="An email came back",
        description="A reply of an agency or a bounce, for mail servers that hand in emails by HTTP. Each is "
        "taken once, whichever way it comes; what cannot be told to be a contact's is kept aside.",
        body=Body("The email as it came (RFC 5322).", media_type=MAIL),
        results={
            201: Result("Taken.", answers.TakenMail),
            200: Result("Taken before.", answers.TakenMail),
        },
        problems=(400, 413, 415),
        example=f"{_SHELL} -H 'Content-Type: message/rfc822' --data-binary @mail.eml {{url}}/v1/mails",
    )


def operation_routes(parts: ApiParts) -> list[Route]:
    """What operators and their tools ask, in every role."""
    operations = OperationHandlers(parts)
    return [
        Route(
            method="GET",
            path="/healthz",
            handler=operations.alive,
            operation_id="isAlive",
            tag=_OPERATORS,
            summary="Liveness",
            description="The process answers; nothing else is looked at.",
            results={200: Result("Alive.", answers.Liveness)},
            public_because="tells nothing but that the process answers",
            example="curl {url}/healthz",
        ),
        Route(
            method="GET",
            path="/readyz",
            handler=operations.ready,
            operation_id="isReady",
            tag=_OPERATORS,
            summary="Readiness",
            description="Whether what the gateway depends on is there, thing by thing. What it can do "
            "without (Redis) is told as degraded, and the answer stays 200.",
            results={
                200: Result("Ready.", answers.Readiness),
                503: Result("Something is missing.", answers.Readiness),
            },
            public_because="load balancers ask it and have no token",
            example="curl {url}/readyz",
        ),
        Route(
            method="GET",
            path="/metrics",
            handler=operations.figures,
            operation_id="metrics",
            tag=_OPERATORS,
            summary="Figures for Prometheus",
            description="Counts and durations; nothing personal.",
            results={200: Result("Prometheus' text form.", None, "text/plain")},
            public_because="counts only, nothing personal",
            example="curl {url}/metrics",
        ),
    ]
