"""A process that was stopped amid sending a text, and comes back; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.deliver_outbox import LEASE
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxState
from tests.unit.application.text_desk import Desk, open_desk


@pytest.fixture
async def desk(timed_database: SqlDatabase, clock: MovableClock) -> AsyncIterator[Desk]:
    async with open_desk(timed_database, clock) as opened:
        yield opened


async def test_a_process_that_stood_still_does_not_send_what_another_has_sent(desk: Desk) -> None:
    """Stopped between claim and request, it may come back after another has taken over."""
    await desk.queue("reminder", MessageKind.REMINDER)
    (stopped,) = (await desk.deliver.claim(10)).wanted
    await desk.turn(LEASE + timedelta(minutes=1))
    assert await desk.turn() == ["reminder"], "looked up, not found, sent by another"

    await desk.deliver.deliver(stopped)

    assert await desk.work() == ["reminder"]
    await desk.row(OutboxState.DONE)


async def test_a_process_that_stood_still_sends_what_it_still_holds(desk: Desk) -> None:
    """It is claimed once more, with everything checked again."""
    await desk.queue("reminder", MessageKind.REMINDER)
    (stopped,) = (await desk.deliver.claim(10)).wanted
    desk.clock.advance(LEASE)

    await desk.deliver.deliver(stopped)
    waiting = await desk.row(OutboxState.PENDING)
    assert (waiting.in_doubt, waiting.attempts) == (False, 0)

    assert await desk.work() == ["reminder"]
