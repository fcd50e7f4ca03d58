"""Calls are originated into the dial plan under an id of our own; what Asterisk answers becomes facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.adapters.providers.asterisk.arrivals import call_id_of
from gateway.adapters.providers.asterisk.calls import AsteriskCallCarrier
from gateway.adapters.providers.asterisk.transport import AriClient
from gateway.application.ports.call_carrier import OutgoingCall
from gateway.domain.call_plan import CallOutcome
from gateway.domain.errors import DeliveryFailed
from gateway.domain.ids import ServiceId
from gateway.domain.phone_numbers import PhoneNumber

CALL = OutgoingCall(PhoneNumber("+8613800138000"), ServiceId("S-1"), 2, "call:1:1")
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@dataclass
class Ari:
    """As much of the REST interface as calls need."""

    url: str = ""
    status: int = 200
    channels: dict[str, dict[str, str]] = field(default_factory=dict)
    contents: list[dict[str, Any]] = field(default_factory=list)

    async def originate(self, request: web.Request) -> web.Response:
        """Ring, or refuse."""
        if self.status == 200:
            self.channels[request.query["channelId"]] = dict(request.query)
            self.contents.append(await request.json())
        return web.json_response({}, status=self.status)

    async def show(self, request: web.Request) -> web.Response:
        """A channel while it is there."""
        known = request.match_info["channel"] in self.channels
        return web.json_response({}, status=self.status if known else 404)


@pytest.fixture
async def ari() -> AsyncIterator[Ari]:
    """The interface, on loopback."""
    peer, app = Ari(), web.Application()
    app.router.add_post("/ari/channels", peer.originate)
    app.router.add_get("/ari/channels/{channel}", peer.show)
    async with TestServer(app, host="127.0.0.1") as server:
        peer.url = str(server.make_url("/ari"))
        yield peer


async def carrier(url: str, session: aiohttp.ClientSession, endpoint: str) -> AsteriskCallCarrier:
    """Calls by way of this endpoint."""
    client = AriClient(url, "user", "password", "app", shared=session)
    return AsteriskCallCarrier(
        client, endpoint=endpoint, caller_id="+8675512345678", ring_for=timedelta(seconds=25)
    )


@pytest.mark.parametrize(
    ("endpoint", "called", "shown"),
    [
        ("PJSIP/{national}@trunk", "PJSIP/13800138000@trunk", "75512345678"),
        ("PJSIP/{number}@trunk", "PJSIP/8613800138000@trunk", "8675512345678"),
    ],
)
async def test_a_call_is_originated_into_the_dial_plan(
    ari: Ari, endpoint: str, called: str, shown: str
) -> None:
    """With what it is about in variables; numbers in the form that the endpoint asks for."""
    async with aiohttp.ClientSession() as session:
        calls = await carrier(ari.url, session, endpoint)
        call_id = await calls.place(CALL)
        going_on = await calls.outcome(call_id)
        originated = ari.channels.pop(call_id)
        gone = await calls.outcome(call_id)

    assert (originated["endpoint"], originated["callerId"], originated["timeout"]) == (called, shown, "25")
    assert (originated["context"], originated["extension"], originated["priority"]) == (
        "haochaping-call",
        "s",
        "1",
    )
    assert ari.contents[0]["variables"] == {
        "HAOCHAPING_CALL_ID": call_id,
        "HAOCHAPING_SERVICE_ID": "S-1",
        "HAOCHAPING_VISIT_NO": "2",
    }
    assert (going_on, gone) == (CallOutcome.ONGOING, CallOutcome.OVER)
    assert await calls.find(CALL, NOW) == call_id
    arrived = {"id": call_id, "channelvars": {"HAOCHAPING_CALL_ID": call_id}}
    assert calls.arrival_of(call_id) == call_id_of(arrived, "entity", [])


@pytest.mark.parametrize(
    ("status", "retryable"), [(400, False), (401, True), (404, False), (500, True), (503, True)]
)
async def test_a_refusal_rings_nobody(ari: Ari, status: int, retryable: bool) -> None:
    """Asterisk has answered: nothing is in doubt."""
    ari.status = status
    async with aiohttp.ClientSession() as session:
        calls = await carrier(ari.url, session, "PJSIP/{number}@trunk")
        with pytest.raises(DeliveryFailed) as refused:
            await calls.place(CALL)

    facts = refused.value.facts
    assert (facts.code, facts.retryable, facts.outcome_unknown) == (f"http_{status}", retryable, False)
    assert "138" not in str(refused.value)


async def test_without_an_answer_it_may_ring(ari: Ari) -> None:
    """It is looked for before anything else happens."""
    async with aiohttp.ClientSession() as session:
        calls = await carrier("http://127.0.0.1:9/ari", session, "PJSIP/{number}@trunk")
        with pytest.raises(DeliveryFailed) as lost:
            await calls.place(CALL)
        with pytest.raises(DeliveryFailed):
            await calls.outcome("hcp1")

    assert lost.value.facts.outcome_unknown
    assert ari.channels == {}
