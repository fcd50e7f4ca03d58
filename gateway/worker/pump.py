"""Keeps deliveries of one kind going: claims as many as there are free hands, waits for the bell."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

import structlog

from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.ports.clock import Clock
from gateway.application.ports.wakeups import Wakeups
from gateway.domain.outbox import ClaimedEntry

log = structlog.get_logger()

_AFTER_FAILURE_SECONDS: Final = 1.0


class DeliveryPump:
    """Runs one kind of delivery with bounded concurrency until it is cancelled."""

    def __init__(
        self, deliver: DeliverOutbox, wakeups: Wakeups, clock: Clock, *, hands: int, poll_seconds: float
    ) -> None:
        self._deliver = deliver
        self._wakeups = wakeups
        self._clock = clock
        self._hands = hands
        self._poll_seconds = poll_seconds
        self._at_work: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until cancelled; what is under way then goes on (see `drain`)."""
        while True:
            try:
                await self._turn()
            except Exception:
                log.exception("delivery_pump_failed", kind=self._deliver.kind.value)
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)

    async def drain(self) -> None:
        """Wait for what is under way."""
        if self._at_work:
            await asyncio.wait(self._at_work)

    async def _turn(self) -> None:
        free = self._hands - len(self._at_work)
        if free == 0:
            await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)
            return
        claimed = await self._deliver.claim(free)
        for entry in claimed:
            task = asyncio.create_task(self._deliver_one(entry))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        if not claimed:
            await self._wakeups.wait(self._deliver.kind.value, await self._idle_seconds())

    async def _deliver_one(self, claimed: ClaimedEntry) -> None:
        try:
            await self._deliver.deliver(claimed)
        except Exception:
            # The lease ends by itself; the entry is tried again then.
            log.exception("delivery_broke", kind=self._deliver.kind.value, key=claimed.entry.key)

    async def _idle_seconds(self) -> float:
        return seconds_until(await self._deliver.next_due_at(), self._clock.now(), self._poll_seconds)


def seconds_until(due_at: datetime | None, now: datetime, longest: float) -> float:
    """How long to wait for what is due then, at most `longest`; bells may be lost, so never for ever."""
    if due_at is None:
        return longest
    return min(max((due_at - now).total_seconds(), 0.0), longest)
