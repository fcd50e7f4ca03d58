"""Services by the thousand: a stream of lines in, a stream of results out, in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog
from aiohttp import web

from gateway.application.register_service import Registration, ServiceReport
from gateway.application.register_services import LARGEST_GROUP
from gateway.domain.errors import GatewayError, InvalidInput
from gateway.domain.json_objects import read_json_object
from gateway.web.api.answers import Answer, ProblemLine, RegisteredLine
from gateway.web.api.ndjson import LONGEST_LINE, LineSplitter
from gateway.web.api.parts import ApiParts
from gateway.web.api.services import registered, status_of
from gateway.web.problems import REQUEST_ID_HEADER, Problem, problem_of, request_id

log = structlog.get_logger()

MEDIA_TYPE: Final = "application/x-ndjson"
_UNREAD: Final = 8 * 2**20
"""Bytes of results kept for a caller that sends everything before it reads anything."""
_PATIENCE: Final = 60.0
"""Seconds such a caller may then stall before the connection is given up."""
_TOO_LONG: Final = Problem(
    status=413, kind="too-large", detail=f"the line is longer than {LONGEST_LINE} bytes"
)
_BLANK: Final = Problem(status=400, kind="malformed", detail="the line is blank; write one object per line")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it was read."""

    number: int
    document: Mapping[str, object]
    report: ServiceReport


@dataclass(frozen=True, slots=True)
class _Fault:
    """A line that tells of no service."""

    number: int
    problem: Problem


class BulkHandler:
    """`POST /v1/services/bulk`."""

    def __init__(self, parts: ApiParts) -> None:
        self._parts = parts

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer each line as soon as it is durable; what was answered stays, whatever happens next."""
        response = web.StreamResponse(
            headers={"Content-Type": MEDIA_TYPE, REQUEST_ID_HEADER: request_id(request)}
        )
        await response.prepare(request)
        if request.transport is not None:
            request.transport.set_write_buffer_limits(high=_UNREAD)
        answered = 0
        try:
            async for group in _groups(request):
                results = await self._register(answered, group)
                async with asyncio.timeout(_PATIENCE):
                    await response.write(b"".join(results))
                answered += len(group)
        except (ConnectionError, TimeoutError, web.RequestPayloadError) as error:
            log.info("bulk_broken_off", answered=answered, why=type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
            return response
        await response.write_eof()
        log.info("bulk_done", lines=answered)
        return response

    async def _register(self, before: int, group: Sequence[bytes | None]) -> list[bytes]:
        lines = [self._read(before + place, line) for place, line in enumerate(group, 1)]
        good = [line for line in lines if isinstance(line, _Line)]
        outcomes = await self._parts.register_many([line.report for line in good]) if good else []
        results: dict[int, Answer] = {
            line.number: self._result(line, outcome) for line, outcome in zip(good, outcomes, strict=True)
        }
        results |= {line.number: _problem(line) for line in lines if isinstance(line, _Fault)}
        return [f"{results[line.number].model_dump_json()}\n".encode() for line in lines]

    def _read(self, number: int, line: bytes | None) -> _Line | _Fault:
        if line is None:
            return _Fault(number, _TOO_LONG)
        if not line.strip():
            return _Fault(number, _BLANK)
        try:
            document = read_json_object(line)
            return _Line(number, document, self._parts.service_documents.parse(document))
        except InvalidInput as error:
            return _Fault(number, problem_of(error))

    def _result(self, line: _Line, outcome: Registration | GatewayError) -> Answer:
        if isinstance(outcome, GatewayError):
            return _problem(_Fault(line.number, problem_of(outcome)))
        facts = registered(self._parts, line.document, line.report, outcome)
        return RegisteredLine.model_validate({"line": line.number, "status": status_of(outcome), **facts})


def _problem(line: _Fault) -> ProblemLine:
    return ProblemLine.model_validate({"line": line.number, **line.problem.document()})


async def _groups(request: web.Request) -> AsyncIterator[Sequence[bytes | None]]:
    """The lines in groups of one transaction each, none waiting for lines that have not come yet."""
    splitter = LineSplitter()
    async for chunk in request.content.iter_any():
        lines = splitter.feed(chunk)
        for start in range(0, len(lines), LARGEST_GROUP):
            yield lines[start : start + LARGEST_GROUP]
    last = splitter.finish()
    if last:
        yield last
