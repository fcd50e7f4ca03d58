"""The doctor before a public URL: whatever a proxy does to signed requests is found and named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from yarl import URL

from gateway.adapters.clock import MovableClock
from gateway.bootstrap.doctor import clocks, public_url
from gateway.domain.diagnoses import Verdict
from tests.integration.conftest import Rig, open_rig
from tests.integration.doctor.conftest import Examine, troubles
from tests.peers.postgres import free_port
from tests.peers.twilio_webhooks import ACCOUNT_SID, AUTH_TOKEN

ACCOUNT = {
    "voice__provider": "twilio",
    "twilio__account_sid": ACCOUNT_SID,
    "twilio__auth_token": AUTH_TOKEN,
    "twilio__api_base_url": "http://127.0.0.1:9",
}


class Proxy:
    """Stands in front of a gateway and treats requests in its own way."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.way = "honest"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Hand on one request."""
        path, body = request.rel_url.raw_path_qs, await request.read()
        match self.way:
            case "redirects":
                return web.Response(status=301, headers={"Location": "https://elsewhere.example/x?secret=1"})
            case "accepts anything":
                return web.Response(status=204)
            case "late":
                return web.Response(status=200, headers={"Date": "Mon, 23 Nov 2020 02:00:00 GMT"})
            case "moves the path":
                path = f"/moved{path}"
            case "decodes the query":
                path = str(request.rel_url.with_query(dict(request.query)))
            case "drops the body":
                body = b""
        headers = {k: v for k, v in request.headers.items() if k in {"Content-Type", "X-Twilio-Signature"}}
        url = URL(self.behind + path, encoded=True)
        async with ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
            return web.Response(status=answer.status, body=await answer.read())


@asynccontextmanager
async def proxied(folder: Path, clock: MovableClock) -> AsyncIterator[tuple[Proxy, str, Rig]]:
    """A gateway whose public URL is the proxy's."""
    proxy = Proxy("")
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("/")).rstrip("/")
        extra = {"HAOCHAPING_SERVER__PUBLIC_URL": url}
        async with open_rig(f"sqlite:///{folder}/gateway.db", folder, clock, **extra) as rig:
            proxy.behind = rig.url
            yield proxy, url, rig


async def test_proxies_are_found_out(examine: Examine, tmp_path: Path, clock: MovableClock) -> None:
    """An honest one passes; each other way gets its own words, and nothing is recorded by looking."""
    words = {
        "honest": [],
        "redirects": ["sends carriers elsewhere"],
        "accepts anything": ["takes requests that nobody signed"],
        "moves the path": ["changes the path"],
        "decodes the query": ["changes query or body"],
        "drops the body": ["signed with this token for this URL"],
    }
    async with proxied(tmp_path, clock) as (proxy, url, rig):
        for way, expected in words.items():
            proxy.way = way
            found = await examine(public_url.examine, server__public_url=url, **ACCOUNT)
            told = troubles(found)
            assert len(told) == len(expected), (way, found)
            assert all(part in trouble for part, trouble in zip(expected, told, strict=True)), (way, told)
            assert "secret" not in repr(found)
        proxy.way = "honest"
        wrong = await examine(
            public_url.examine, server__public_url=url, **ACCOUNT | {"twilio__auth_token": "another"}
        )
        async with rig.gateway.database.reading() as work:
            assert await work.inspection.levels() == []

    assert "refuses what is signed with this token" in troubles(wrong)[0]
    # Loopback by plain HTTP is no address to give to a carrier.
    assert len(troubles(wrong, Verdict.WARN)) == 2


async def test_who_does_not_answer_is_told(examine: Examine) -> None:
    """Nobody listens; without a carrier that signs, only whether the gateway answers is asked."""
    url = f"http://127.0.0.1:{free_port()}"

    signed = await examine(public_url.examine, server__public_url=url, **ACCOUNT)
    alive = await examine(public_url.examine, server__public_url=url)

    assert "cannot be reached" in troubles(signed)[0]
    assert "cannot be reached" in troubles(alive)[0]


async def test_a_clock_that_disagrees_is_told(examine: Examine, tmp_path: Path, clock: MovableClock) -> None:
    """By the Date of whoever answers."""
    async with proxied(tmp_path, clock) as (proxy, url, _):
        proxy.way = "late"
        found = await examine(clocks.examine, server__public_url=url)

    (trouble,) = troubles(found)
    assert "clocks disagree" in trouble


async def test_the_demonstrations_carrier_needs_no_signature(
    examine: Examine, tmp_path: Path, clock: MovableClock
) -> None:
    """The gateway answers at its address, and that is all there is to know."""
    async with open_rig(f"sqlite:///{tmp_path}/gateway.db", tmp_path, clock) as rig:
        found = await examine(public_url.examine, server__public_url=rig.url)

    assert [each.verdict for each in found] == [Verdict.OK]
