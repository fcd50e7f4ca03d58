"""Receipts that never arrive are asked for; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.application import poll_receipts
from gateway.application.poll_receipts import PollReceipts
from gateway.application.ports.sms_carrier import TextReport
from gateway.application.receive_delivery_receipt import ReceiveDeliveryReceipt
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.events import ReceiptArrived
from gateway.domain.messages import MessageKind
from gateway.domain.receipts import DeliveryStatus
from tests.unit.application.text_desk import Desk, no_receipts, open_desk

PATIENCE = timedelta(minutes=30)
HOUR = timedelta(hours=1)


class ToldCarrier(DemoSmsCarrier):
    """Says of every text what it is told to say."""

    says: DeliveryStatus | None = DeliveryStatus.SENT
    questions = 0

    async def report(self, provider_message_id: str) -> TextReport:
        """As told; None = no answer."""
        del provider_message_id
        self.questions += 1
        if self.says is None:
            raise DeliveryFailed("busy", FailureFacts("busy", retryable=True))
        return TextReport(self.says)


@pytest.fixture
def carrier(clock: MovableClock) -> ToldCarrier:
    return ToldCarrier(clock=clock, report=no_receipts)


@pytest.fixture
async def desk(database: SqlDatabase, clock: MovableClock, carrier: ToldCarrier) -> AsyncIterator[Desk]:
    async with open_desk(database, clock, carriers=[carrier]) as opened:
        yield opened


@pytest.fixture
def poll(desk: Desk) -> PollReceipts:
    return PollReceipts(desk.essentials, desk.health, PATIENCE)


async def send(desk: Desk, *keys: str) -> list[str]:
    """Texts that the carrier took; their ids there."""
    for key in keys:
        await desk.queue(key, MessageKind.THANKS)
    await desk.work()
    return [text.message_id for text in desk.carrier.sent]


async def status(desk: Desk, message_id: str) -> DeliveryStatus | None:
    """How far a text got."""
    async with desk.database.reading() as work:
        return await work.messages.receipt("demo", message_id)


async def test_asks_only_when_a_receipt_is_missing_for_long(
    desk: Desk, poll: PollReceipts, carrier: ToldCarrier
) -> None:
    """What is final by a receipt that came is not asked about."""
    quiet, told = await send(desk, "quiet", "told")
    await ReceiveDeliveryReceipt(desk.essentials)(
        ReceiptArrived(provider="demo", provider_message_id=told, status=DeliveryStatus.DELIVERED)
    )
    carrier.says = DeliveryStatus.DELIVERED
    desk.clock.advance(PATIENCE - timedelta(minutes=1))
    assert await poll() == 0

    desk.clock.advance(timedelta(minutes=1))
    assert await poll() == 1
    assert carrier.questions == 1
    assert await status(desk, quiet) is DeliveryStatus.DELIVERED

    desk.clock.advance(timedelta(days=4))
    assert await poll() == 0, "both are final"
    told_metrics = desk.essentials.metrics.expose()
    assert b'haochaping_receipts_total{provider="demo",status="delivered",way="polled"} 1.0' in told_metrics
    assert b'haochaping_receipts_total{provider="demo",status="delivered",way="webhook"} 1.0' in told_metrics


async def test_asks_ever_more_seldom_and_gives_up(
    desk: Desk, poll: PollReceipts, carrier: ToldCarrier
) -> None:
    """After 72 hours it will never be known; that is counted, and what is known is kept."""
    (message_id,) = await send(desk, "text")
    for _ in range(4 * 24 * 2):
        desk.clock.advance(PATIENCE)
        await poll()

    assert 6 <= carrier.questions <= 8, "after a half, 1, 2, 4, ... 64 hours"
    assert await status(desk, message_id) is DeliveryStatus.SENT
    assert b'haochaping_receipts_missed_total{provider="demo"} 1.0' in desk.essentials.metrics.expose()


@pytest.mark.parametrize("way", ["silent", "unaskable", "gone"])
async def test_what_nobody_tells_ends_as_unknown(
    desk: Desk, poll: PollReceipts, carrier: ToldCarrier, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A carrier that is silent, cannot be asked or is not configured any more holds up nothing."""
    carrier.says = None
    (message_id,) = await send(desk, "text")
    if way == "unaskable":
        monkeypatch.setattr(ToldCarrier, "can_be_asked", False)
    if way == "gone":
        monkeypatch.setattr(desk.health, "_carriers", {})
    for _ in range(4 * 24):
        desk.clock.advance(HOUR)
        await poll()

    assert (carrier.questions > 0) == (way == "silent")
    assert await status(desk, message_id) is DeliveryStatus.UNKNOWN
    assert b'haochaping_receipts_missed_total{provider="demo"} 1.0' in desk.essentials.metrics.expose()


async def test_a_poll_never_takes_a_receipt_back(
    desk: Desk, poll: PollReceipts, carrier: ToldCarrier
) -> None:
    """It merges forward only, as receipts do."""
    (message_id,) = await send(desk, "text")
    await ReceiveDeliveryReceipt(desk.essentials)(
        ReceiptArrived(provider="demo", provider_message_id=message_id, status=DeliveryStatus.SENT)
    )
    carrier.says = DeliveryStatus.ACCEPTED
    desk.clock.advance(HOUR)

    assert await poll() == 1
    assert await status(desk, message_id) is DeliveryStatus.SENT


async def test_any_number_is_taken_up_in_batches(
    desk: Desk, poll: PollReceipts, carrier: ToldCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory holds one batch at a time; one turn asks about all."""
    monkeypatch.setattr(poll_receipts, "BATCH", 3)
    carrier.says = DeliveryStatus.DELIVERED
    await send(desk, *(f"text-{number}" for number in range(7)))
    desk.clock.advance(HOUR)

    assert await poll() == 7
    assert await poll() == 0
