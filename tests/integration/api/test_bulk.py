"""Services as a stream of lines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import ClientPayloadError
from structlog.testing import capture_logs
from structlog.typing import EventDict

from gateway.application.ports.database import UnitOfWork
from gateway.application.register_service import RegisterService, Registration, ServiceReport
from gateway.application.register_services import LARGEST_GROUP
from gateway.domain.errors import AlreadyRecorded, Unavailable
from gateway.web.api import bulk
from tests.integration.api.conftest import TOKEN, Api, service_document

BULK = "/v1/services/bulk"


def line(number: int, **changes: object) -> bytes:
    """One service as a line."""
    return json.dumps(service_document(f"S-{number}", **changes), ensure_ascii=False).encode()


async def connect(api: Api, length: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection with the head of a request on it; what comes back is read only as far as asked for."""
    reader, writer = await asyncio.open_connection(api.client.host, api.client.port, limit=1024)
    head = (f"POST {BULK} HTTP/1.1", "Host: test", f"Authorization: Bearer {TOKEN}", length.decode(), "", "")
    writer.write("\r\n".join(head).encode())
    return reader, writer


async def until_told(logs: list[EventDict], event: str) -> EventDict:
    """The log entry of an event, once it is there."""
    while True:
        for entry in logs:
            if entry["event"] == event:
                return entry
        await asyncio.sleep(0)


async def test_each_line_has_its_result_in_order(api: Api) -> None:
    """Good and bad, each with its number; a bad one stops none of the others."""
    lines = [
        line(1),
        b"{broken",
        line(2, visit_no=0),
        b"",
        line(1),
        line(1, phone=None),
        b'{"service_id": "' + b"x" * 70_000 + b'"}',
        b"[]",
        b"\xff",
        line(3) + b"\r",
        line(4, agency_code="unknown"),
    ]
    results = await api.bulk(lines)

    assert [result["line"] for result in results] == list(range(1, 12))
    statuses = [result["status"] for result in results]
    assert statuses == [201, 400, 422, 400, 200, 409, 413, 422, 400, 201, 201]
    assert results[2]["errors"] == [
        {"pointer": "/visit_no", "detail": "should be greater than or equal to 1"}
    ]
    assert results[0]["service_id"] == "S-1"
    assert results[10]["warnings"][0]["pointer"] == "/agency_code"
    for number in (1, 3, 4):
        assert (await api.show(f"S-{number}")).status == 200


async def test_many_lines_share_their_commits(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of lines need few transactions, and all of them are there afterwards."""
    opened = 0
    begin = api.database.transaction

    def counting() -> object:
        nonlocal opened
        opened += 1
        return begin()

    monkeypatch.setattr(api.database, "transaction", counting)
    count = 5 * LARGEST_GROUP
    results = await api.bulk([line(number) for number in range(count)])

    assert {result["status"] for result in results} == {201}
    assert opened < count / 20
    async with api.database.reading() as work:
        assert len(await work.invitations.due_reminders(api.essentials.clock.now(), 1)) == 0


async def test_results_come_while_lines_are_still_sent(api: Api) -> None:
    """A caller that waits for each result before the next line gets it."""
    answered: asyncio.Queue[bytes] = asyncio.Queue()

    async def lines() -> AsyncIterator[bytes]:
        for number in range(3):
            yield line(number) + b"\n"
            assert json.loads(await answered.get())["service_id"] == f"S-{number}"

    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with asyncio.timeout(60), api.client.post(BULK, data=lines(), headers=headers) as answer:
        async for result in answer.content:
            answered.put_nowait(result)


async def test_what_was_answered_stays_when_the_caller_leaves(api: Api) -> None:
    """The results that arrived are durable; the half line that was cut off is not taken for a whole one."""
    reader, writer = await connect(api, b"Content-Length: 99999")
    writer.write(line(1) + b"\n" + line(2)[:-10])
    async with asyncio.timeout(60):
        await reader.readuntil(b'"service_id":"S-1"')
        with capture_logs() as logs:
            writer.transport.abort()
            await until_told(logs, "bulk_broken_off")

    assert (await api.show("S-1")).status == 200
    assert (await api.show("S-2")).status == 404


async def test_a_caller_that_never_reads_is_let_go(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """It neither blocks for good nor fills the memory."""
    monkeypatch.setattr(bulk, "_PATIENCE", 0.05)
    monkeypatch.setattr(bulk, "_UNREAD", 1024)
    blank_lines = 100_000
    _, writer = await connect(api, b"Content-Length: %d" % blank_lines)
    with capture_logs() as logs:
        writer.write(b"\n" * blank_lines)
        async with asyncio.timeout(60):
            told = await until_told(logs, "bulk_broken_off")
    writer.transport.abort()

    assert told["why"] == "TimeoutError"
    assert told["answered"] < blank_lines


def failing_once(
    real: Callable[[RegisterService, UnitOfWork, ServiceReport], object], error: Exception, service_id: str
) -> Callable[..., object]:
    """`RegisterService.within` that fails the first time it meets a service."""
    met = False

    async def within(self: RegisterService, work: UnitOfWork, report: ServiceReport) -> Registration:
        nonlocal met
        if report.service.service_id == service_id and not met:
            met = True
            raise error
        result = real(self, work, report)
        assert asyncio.iscoroutine(result)
        kept: Registration = await result
        return kept

    return within


async def test_a_race_lost_by_one_line_spoils_no_other(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """The group is done again one by one."""
    lost = failing_once(RegisterService.within, AlreadyRecorded("first elsewhere"), "S-2")
    monkeypatch.setattr(RegisterService, "within", lost)
    results = await api.bulk([line(number) for number in range(1, 4)])

    assert [result["status"] for result in results] == [201, 201, 201]


async def test_a_database_that_is_away_is_said_of_each_line(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is acknowledged that was not stored; the lines may be sent again."""
    lost = failing_once(RegisterService.within, Unavailable("locked"), "S-2")
    monkeypatch.setattr(RegisterService, "within", lost)
    lines = [*(line(number) for number in range(1, 4)), b""]
    first, again = await api.bulk(lines), await api.bulk(lines)

    assert [result["status"] for result in first] == [503, 503, 503]
    assert [result["status"] for result in again] == [201, 201, 201]


async def test_an_error_of_our_own_breaks_the_stream(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an answer is never taken for a whole one."""
    monkeypatch.setattr(RegisterService, "within", failing_once(RegisterService.within, KeyError("x"), "S-1"))
    with pytest.raises(ClientPayloadError):
        await api.bulk([line(1)])


async def test_a_stream_needs_a_token(api: Api) -> None:
    """Before any line is read."""
    told = await api.send("POST", BULK, raw=line(1), headers={"Authorization": "Bearer wrong"})

    assert told.status == 401
    assert (await api.show("S-1")).status == 404


async def test_an_empty_stream_has_no_results(api: Api) -> None:
    """And is no error."""
    assert await api.bulk([]) == []
