"""The scripted Twilio itself: what it lets pass, what it refuses, how it leads a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.peers.twilio_call import Awaiting, ScriptedCall
from tests.peers.twilio_server import TwilioServer
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN, LINE

CITIZEN = "+8613800138000"
GOOD = {"To": CITIZEN, "From": LINE, "Body": "hello", "StatusCallback": "https://a.example/x"}


async def post(
    twilio: TwilioServer, fields: Mapping[str, str], token: str = AUTH_TOKEN
) -> tuple[int, object]:
    """Status and error code (or SID) of a POST."""
    headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, token)}
    url = f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    async with twilio.session.post(url, data=dict(fields), headers=headers) as answer:
        document = await answer.json()
        return answer.status, document.get("code", document.get("sid"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "13800138000"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "+15005550001"}, 21606),
        ({"Body": " "}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "/twilio/sms/status"}, 21609),
        ({"ValidityPeriod": "0"}, 20001),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"Boby": "hello"}, 20001),
    ],
)
async def test_refuses_a_faulty_text(change: dict[str, str], code: int) -> None:
    """Each fault has its code, and nothing is sent."""
    async with TwilioServer.running() as twilio:
        assert await post(twilio, {**GOOD, **change}) == (400, code)
        assert twilio.sent == []


async def test_refuses_a_stranger() -> None:
    """Another token is 401."""
    async with TwilioServer.running() as twilio:
        assert await post(twilio, GOOD, "wrong") == (401, 20003)


async def test_lists_and_hands_out_what_was_sent() -> None:
    """Texts can be looked up by number, newest first, and read one after the other."""
    async with TwilioServer.running() as twilio:
        sids = [(await post(twilio, {**GOOD, "Body": body}))[1] for body in ("one", "two")]
        headers = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}
        url = f"{twilio.url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
        async with twilio.session.get(url, params={"To": CITIZEN}, headers=headers) as answer:
            listed = [message["sid"] for message in (await answer.json())["messages"]]
        async with twilio.session.get(url, params={"To": "+86139"}, headers=headers) as answer:
            others = (await answer.json())["messages"]

        assert listed == list(reversed(sids))
        assert others == []
        assert [(await twilio.next_text()).body, (await twilio.next_text()).body] == ["one", "two"]


@asynccontextmanager
async def call_into(documents: Mapping[str, str]) -> AsyncIterator[tuple[ScriptedCall, list[dict[str, str]]]]:
    """A call into a server with fixed documents by path, and the fields of the requests that it got."""
    received: list[dict[str, str]] = []

    async def answer(request: web.Request) -> web.Response:
        fields = parse_qs((await request.read()).decode(), keep_blank_values=True)
        received.append({"path": request.path, **{name: values[0] for name, values in fields.items()}})
        if request.path == "/status":
            return web.Response(status=204)
        return web.Response(text=documents[request.path], content_type="text/xml")

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    async with TwilioServer.running() as twilio, TestServer(app, host="127.0.0.1") as server:
        webhooks = twilio.webhooks("https://a.example", str(server.make_url("/")))
        yield webhooks.call(CITIZEN, status_callback="/status"), received


async def test_a_gather_ends_at_its_number_of_digits() -> None:
    """Two digits wanted, two pressed; a relative action belongs to the current document."""
    async with call_into(
        {
            "/a/start": '<Response><Gather numDigits="2" action="next"><Say>hi</Say></Gather></Response>',
            "/a/next": "<Response/>",
        }
    ) as (call, received):
        await call.enter("/a/start")
        await call.press("1")
        assert call.awaiting is Awaiting.KEY
        await call.press("2")

    assert call.heard == ["hi"]
    assert [(r["path"], r.get("Digits")) for r in received] == [
        ("/a/start", None),
        ("/a/next", "12"),
        ("/status", None),
    ]


async def test_a_gather_ends_by_its_finishing_key() -> None:
    """Without finishOnKey that key is `#`, and it is not among the digits."""
    async with call_into(
        {"/start": '<Response><Gather action="/next"/></Response>', "/next": "<Response/>"}
    ) as (
        call,
        received,
    ):
        await call.enter("/start")
        await call.press("7")
        await call.press("#")

    assert received[1]["Digits"] == "7"


async def test_silence_falls_through_unless_it_is_reported() -> None:
    """Without actionOnEmptyResult the next verb follows; with it the action gets empty digits."""
    async with call_into(
        {
            "/start": '<Response><Gather action="/no"/><Redirect>/again</Redirect></Response>',
            "/again": '<Response><Gather action="/yes" actionOnEmptyResult="true"/><Say>x</Say></Response>',
            "/yes": "<Response><Say>bye</Say><Hangup/><Say>never</Say></Response>",
        }
    ) as (call, received):
        await call.enter("/start")
        await call.stay_silent()
        await call.stay_silent()

    assert [r["path"] for r in received] == ["/start", "/again", "/yes", "/status"]
    assert received[2]["Digits"] == ""
    assert call.heard == ["bye"]
    assert call.over


async def test_a_failing_answer_ends_the_call() -> None:
    """Twilio gives up on what is no success; unsound TwiML fails the test."""
    async with call_into({"/start": "<Response><Gather><Hangup/></Gather></Response>"}) as (call, _):
        with pytest.raises(AssertionError, match="not allowed inside"):
            await call.enter("/start")
    async with call_into({}) as (call, _):
        await call.enter("/start")

    assert call.failure is not None
    assert call.failure.status == 500
    assert call.over
