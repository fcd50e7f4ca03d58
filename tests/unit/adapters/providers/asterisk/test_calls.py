"""Calls are originated into the dial plan under an id of our own; what Asterisk answers becomes facts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    """As much of the REST interface as calls need; `status` is that of the next POST for a call."""

    url: str = ""
    status: int | None = 200
    """None = the connection breaks instead."""
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    apps: set[str] = field(default_factory=set)
    """Applications for which a gateway is connected."""
    asked: list[str] = field(default_factory=list)
    """The addresses of all requests."""

    async def originate(self, request: web.Request) -> web.StreamResponse:
        """Ring, or refuse."""
        self.asked.append(request.path_qs)
        if self.status is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        content = await request.json()
        if self.status == 200:
            self.channels[content["channelId"]] = content
        return web.json_response({}, status=self.status)

    async def show(self, request: web.Request) -> web.Response:
        """A channel while it is there."""
        known = request.match_info["channel"] in self.channels
        return web.json_response({}, status=200 if known else 404)

    async def application(self, request: web.Request) -> web.Response:
        """Whether somebody is connected as that."""
        return web.json_response({}, status=200 if request.match_info["app"] in self.apps else 404)

    async def variable(self, request: web.Request) -> web.Response:
        """A global variable, or nothing; set to nothing it is gone."""
        name = request.query["variable"]
        if request.method == "POST":
            self.variables.pop(name)
            return web.Response(status=204)
        return web.json_response({"value": self.variables.get(name, "")})


@pytest.fixture
async def ari() -> AsyncIterator[Ari]:
    """The interface, on loopback."""
    peer, app = Ari(), web.Application()
    app.router.add_post("/ari/channels", peer.originate)
    app.router.add_get("/ari/channels/{channel}", peer.show)
    app.router.add_route("*", "/ari/asterisk/variable", peer.variable)
    app.router.add_get("/ari/applications/{app}", peer.application)
    async with TestServer(app, host="127.0.0.1") as server:
        peer.url = str(server.make_url("/ari"))
        yield peer


@asynccontextmanager
async def carrier(
    url: str, endpoint: str = "PJSIP/{number}@trunk", shown: str = "+8675512345678"
) -> AsyncIterator[AsteriskCallCarrier]:
    """Calls by way of this endpoint."""
    async with aiohttp.ClientSession() as session:
        client = AriClient(url, "user", "password", "app", shared=session)
        yield AsteriskCallCarrier(client, endpoint=endpoint, caller_id=shown, ring_for=timedelta(seconds=25))


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
    """With what it is about in variables; numbers in the form that the endpoint asks for, in no address."""
    async with carrier(ari.url, endpoint) as calls:
        call_id = await calls.place(CALL)
        going_on = await calls.outcome(call_id)
        originated = ari.channels.pop(call_id)
        gone = await calls.outcome(call_id)
        found = await calls.find(CALL, NOW)

    assert (originated["endpoint"], originated["callerId"], originated["timeout"]) == (called, shown, 25)
    assert (originated["context"], originated["extension"], originated["priority"]) == (
        "haochaping-call",
        "s",
        1,
    )
    assert originated["variables"] == {
        "HAOCHAPING_CALL_ID": call_id,
        "HAOCHAPING_SERVICE_ID": "S-1",
        "HAOCHAPING_VISIT_NO": "2",
        "CHANNEL(hangup_handler_push)": "haochaping-called,s,1",
    }
    assert (going_on, gone) == (CallOutcome.ONGOING, CallOutcome.OVER)
    assert found == call_id
    assert [address for address in ari.asked if "138" in address] == []
    arrived = {"id": call_id, "channelvars": {"HAOCHAPING_CALL_ID": call_id}}
    assert calls.arrival_of(call_id) == call_id_of(arrived, "entity", [])


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("answered", CallOutcome.REACHED),
        ("machine", CallOutcome.MACHINE),
        ("17", CallOutcome.BUSY),
        ("1", CallOutcome.FAILED),
        ("28", CallOutcome.FAILED),
        ("19", CallOutcome.NO_ANSWER),
        ("0", CallOutcome.NO_ANSWER),
        ("34", CallOutcome.NO_ANSWER),
    ],
)
async def test_what_the_dial_plan_kept_of_a_call_is_told_once(
    ari: Ari, word: str, outcome: CallOutcome
) -> None:
    """Then it is gone there: nothing grows."""
    async with carrier(ari.url) as calls:
        ari.variables["HAOCHAPING_CALL_hcp1"] = word

        assert await calls.outcome("hcp1") is outcome
        assert ari.variables == {}


@pytest.mark.parametrize(
    ("status", "retryable", "unknown"),
    [
        (400, False, False),
        (401, True, False),
        (404, False, False),
        (500, True, False),
        (503, True, False),
        (502, True, True),
        (504, True, True),
    ],
)
async def test_a_refusal_rings_nobody(ari: Ari, status: int, retryable: bool, unknown: bool) -> None:
    """Asterisk has answered: nothing is in doubt, unless it was somebody else who did."""
    ari.status = status
    async with carrier(ari.url) as calls:
        with pytest.raises(DeliveryFailed) as refused:
            await calls.place(CALL)

    facts = refused.value.facts
    assert (facts.code, facts.retryable, facts.outcome_unknown) == (f"http_{status}", retryable, unknown)
    assert "138" not in str(refused.value)


async def test_what_is_placed_already_is_placed(ari: Ari) -> None:
    """Asterisk knows the id: the call goes on, and must not be given up as refused."""
    ari.status = 409
    async with carrier(ari.url) as calls:
        assert await calls.place(CALL) == await calls.find(CALL, NOW)


async def test_without_an_answer_it_may_ring(ari: Ari) -> None:
    """It is looked for before anything else happens."""
    ari.status = None
    async with carrier(ari.url) as calls:
        with pytest.raises(DeliveryFailed) as lost:
            await calls.place(CALL)

    assert (lost.value.facts.retryable, lost.value.facts.outcome_unknown) == (True, True)


async def test_where_nobody_listens_nothing_rings(ari: Ari) -> None:
    """An Asterisk that is down costs none of the planned calls."""
    async with carrier("http://127.0.0.1:9/ari") as calls:
        with pytest.raises(DeliveryFailed) as away:
            await calls.place(CALL)
        with pytest.raises(DeliveryFailed):
            await calls.outcome("hcp1")

    assert (away.value.facts.retryable, away.value.facts.outcome_unknown) == (True, False)
    assert ari.asked == []


async def test_nobody_is_called_whom_no_gateway_would_talk_to(ari: Ari) -> None:
    """They would answer and hear that rating is not possible now; with one of two there, they are called."""
    ari.variables = {"HAOCHAPING_APP": "one", "HAOCHAPING_SECOND_APP": "two"}
    async with carrier(ari.url) as calls:
        with pytest.raises(DeliveryFailed) as away:
            await calls.place(CALL)
        assert (away.value.facts.retryable, away.value.facts.outcome_unknown) == (True, False)
        assert ari.channels == {}

        ari.apps.add("two")
        assert await calls.place(CALL) in ari.channels
