"""What went wrong, told as RFC 9457 problem details; the one place of the web side that catches broadly."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from http import HTTPStatus
from secrets import token_hex
from typing import Final
from urllib.parse import quote

import structlog
from aiohttp import web
from structlog.contextvars import bound_contextvars

from gateway.domain.errors import (
    AlreadyRecorded,
    Conflict,
    Fault,
    InvalidInput,
    Malformed,
    Unauthentic,
    Unavailable,
)
from gateway.domain.redaction import redact
from gateway.web.webhooks.verified import VERIFIED

log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MEDIA_TYPE: Final = "application/problem+json"
REQUEST_ID_HEADER: Final = "X-Request-Id"
_REQUEST_ID: Final = web.RequestKey("request_id", str)
_SANE_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PHONE_LIKE: Final = re.compile(r"[0-9]{7,15}")
_TYPES: Final = "urn:haochaping:problem:"
_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem; `detail` and `errors` never repeat a phone number or a token (R-18)."""

    status: int
    kind: str
    """Last part of the type's URN; docs/integrating.md lists them."""
    detail: str
    errors: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The members of RFC 9457 that need no request."""
        members: dict[str, object] = {
            "type": _TYPES + self.kind,
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            members["errors"] = [{"pointer": f.pointer, "detail": f.detail} for f in self.errors]
        return members


def problem_of(error: Exception) -> Problem:
    """What an error means to the one who asked; an unexpected one tells nothing of our inside."""
    match error:
        case Malformed():
            return Problem(status=400, kind="malformed", detail=str(error))
        case InvalidInput():
            return Problem(status=422, kind="invalid-input", detail=str(error), errors=error.faults)
        case Unauthentic():
            challenge = {"WWW-Authenticate": 'Bearer realm="haochaping"'}
            return Problem(status=401, kind="unauthentic", detail=str(error), headers=challenge)
        case Conflict():
            return Problem(status=409, kind="conflict", detail=str(error))
        case AlreadyRecorded() | Unavailable():
            return Problem(
                status=503,
                kind="unavailable",
                detail="the database does not answer now; nothing was stored, so send the same again later",
                headers={"Retry-After": "5"},
            )
        case web.HTTPException():
            return _of_http(error)
        case _:
            return Problem(
                status=500,
                kind="internal",
                detail="an error of the gateway's own; its log tells more under this request's id",
            )


def problem_response(request: web.Request, problem: Problem) -> web.Response:
    """The answer that tells of a problem."""
    members = problem.document()
    members["instance"] = quote(_path_to_show(request), safe="/:@-._~", errors="replace")
    members["request_id"] = request_id(request)
    return web.json_response(members, status=problem.status, headers=problem.headers, content_type=MEDIA_TYPE)


def request_id(request: web.Request) -> str:
    """The request's id: the caller's own where it is sane, else one made here."""
    own_id: str = request.get(_REQUEST_ID, "")
    return own_id


@web.middleware
async def problem_answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give every request an id, and turn every error into a problem."""
    own_id = _read_id(request) or token_hex(16)
    request[_REQUEST_ID] = own_id
    with _bound(request, own_id):
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            if answer.status < _BAD_REQUEST:
                raise
            response = problem_response(request, problem_of(answer))
        except Exception as error:
            _tell_log(request, error)
            if _is_answering(request):
                # The stream breaks off, so that nobody takes half an answer for a whole one.
                raise
            response = problem_response(request, problem_of(error))
    if not response.prepared:
        response.headers[REQUEST_ID_HEADER] = own_id
    return response


def _bound(request: web.Request, own_id: str) -> AbstractContextManager[object]:
    """Logs of the request carry its id; carriers' requests, which are many, are told by call and message."""
    if hasattr(request.match_info.handler, VERIFIED):
        return nullcontext()
    return bound_contextvars(request_id=own_id)


def _path_to_show(request: web.Request) -> str:
    """The path without numbers (R-18); of an address that is itself the key to a page, only its pattern."""
    matched = request.match_info
    if hasattr(matched.handler, VERIFIED) and matched.route.resource is not None:
        return matched.route.resource.canonical
    return redact(request.path)


def _read_id(request: web.Request) -> str:
    given = request.headers.get(REQUEST_ID_HEADER)
    if given is None:
        return ""
    # Digits alone might be somebody's number, and the id goes into logs and answers.
    sane = _SANE_ID.fullmatch(given) and not _PHONE_LIKE.fullmatch(given)
    return given if sane else ""


def _is_answering(request: web.Request) -> bool:
    return request.writer.output_size > 0


def _tell_log(request: web.Request, error: Exception) -> None:
    match error:
        case InvalidInput() | Unauthentic() | Conflict():
            log.info("request_refused", method=request.method, path=_path_to_show(request), why=str(error))
        case AlreadyRecorded() | Unavailable():
            log.warning(
                "request_unavailable", method=request.method, path=_path_to_show(request), why=str(error)
            )
        case _:
            log.error("request_failed", method=request.method, path=_path_to_show(request), exc_info=error)


def _of_http(answer: web.HTTPException) -> Problem:
    match answer:
        case web.HTTPRequestEntityTooLarge():
            return Problem(
                status=413,
                kind="too-large",
                detail="the body is too large; send many services as a stream to /v1/services/bulk",
            )
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(answer.allowed_methods))
            return Problem(
                status=405,
                kind="method-not-allowed",
                detail=f"this address takes {allowed}",
                headers={"Allow": allowed},
            )
        case web.HTTPNotFound():
            return Problem(
                status=404, kind="not-found", detail=_said(answer, "there is nothing at this address")
            )
        case web.HTTPBadRequest():
            return Problem(status=400, kind="malformed", detail=_said(answer, "the request is malformed"))
        case _:
            status = HTTPStatus(answer.status)
            return Problem(
                status=status, kind=status.name.lower().replace("_", "-"), detail=status.description
            )


def _said(answer: web.HTTPException, otherwise: str) -> str:
    """What a handler of ours wrote into the answer; aiohttp itself writes only status and phrase."""
    text = answer.text or ""
    return otherwise if text.startswith(f"{answer.status}: ") else text
