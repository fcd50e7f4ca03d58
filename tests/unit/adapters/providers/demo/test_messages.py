"""The handset's texts and their receipts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from gateway.adapters.clock import MovableClock
from gateway.adapters.providers.demo import transport
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.adapters.providers.demo.transport import ReceiptReporter
from gateway.application.ports.sms_carrier import OutgoingText
from gateway.domain.phone_numbers import PhoneNumber

TOKEN = "a-token-of-this-very-start"
TEXT = OutgoingText(reference="m-1", to=PhoneNumber("+8613800138000"), body="请评价")


async def test_receipts_follow_in_order(clock: MovableClock) -> None:
    """A text is reported as sent, then as delivered, by the id that the gateway was given."""
    reported: list[tuple[str, str]] = []

    async def report(message_id: str, status: str) -> None:
        reported.append((message_id, status))

    carrier = DemoSmsCarrier(clock=clock, report=report)
    accepted = await carrier.send(TEXT)
    await carrier.reported()

    assert reported == [(accepted.provider_message_id, "sent"), (accepted.provider_message_id, "delivered")]


async def test_closing_ends_what_is_being_reported(clock: MovableClock) -> None:
    """A gateway that does not answer cannot hold up the end."""
    never = asyncio.Event()

    async def report(_message_id: str, _status: str) -> None:
        await never.wait()

    carrier = DemoSmsCarrier(clock=clock, report=report)
    await carrier.send(TEXT)

    await carrier.aclose()
    await carrier.reported()


async def test_the_handset_keeps_the_latest(clock: MovableClock) -> None:
    """Memory is bounded; the oldest texts go first."""

    async def report(_message_id: str, _status: str) -> None:
        pass

    carrier = DemoSmsCarrier(clock=clock, report=report, receipts=())
    for number in range(501):
        await carrier.send(OutgoingText(reference=str(number), to=TEXT.to, body=str(number)))

    assert len(carrier.sent) == 500
    assert carrier.sent[0].body == "1"
    await carrier.aclose()


class Gateway:
    """Takes receipts after it has refused some."""

    def __init__(self) -> None:
        self.refusals = 0
        self.taken: list[dict[str, str]] = []
        self.tokens: set[str | None] = set()

    async def take(self, request: web.Request) -> web.Response:
        """The receipt route."""
        self.tokens.add(request.headers.get("X-Demo-Token"))
        if self.refusals:
            self.refusals -= 1
            return web.Response(status=503)
        self.taken.append(await request.json())
        return web.Response(status=204)


@pytest.fixture
def gateway() -> Gateway:
    """The other side."""
    return Gateway()


@pytest.fixture
async def reporter(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ReceiptReporter]:
    """A reporter that waits no time between its tries."""
    monkeypatch.setattr(transport, "_WAITS", (0.0, 0.0, 0.0))
    app = web.Application()
    app.router.add_post("/demo/carrier/sms/status", gateway.take)
    async with TestServer(app) as server, ClientSession() as session:
        yield ReceiptReporter(session, str(server.make_url("/")), TOKEN)


@pytest.mark.parametrize(("refusals", "taken"), [(0, 1), (3, 1), (4, 0)])
async def test_a_receipt_is_repeated_until_it_is_taken(
    gateway: Gateway, reporter: ReceiptReporter, refusals: int, taken: int
) -> None:
    """Four tries in all, each with the token; then the receipt is lost, and nothing breaks."""
    gateway.refusals = refusals

    await reporter.report("DM1", "delivered")

    assert gateway.taken == [{"message_id": "DM1", "status": "delivered"}] * taken
    assert gateway.tokens == {TOKEN}


async def test_nobody_is_there_to_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that is gone breaks nothing either."""
    monkeypatch.setattr(transport, "_WAITS", (0.0,))
    async with ClientSession() as session:
        # Port 9 (discard) has no listener on any machine that runs tests.
        await ReceiptReporter(session, "http://127.0.0.1:9", TOKEN).report("DM1", "sent")
    await ReceiptReporter(session, "http://127.0.0.1:9", TOKEN).report("DM1", "sent")
