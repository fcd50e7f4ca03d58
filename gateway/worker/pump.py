"""Keeps deliveries of one kind going: claims as many as there are free hands, waits for the bell."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from gateway.application.deliver_outbox import LEASE, Claim, DeliverOutbox
from gateway.application.ports.clock import Clock
from gateway.application.ports.wakeups import Wakeups
from gateway.domain.errors import AlreadyRecorded, Unavailable
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import ClaimedEntry

log = structlog.get_logger()

HELD_SECONDS: Final = 0.2
"""What is due and was not to be had is held by others amid a transaction: not asked for again at once."""
_AFTER_FAILURE_SECONDS: Final = 1.0
_RENEW_SECONDS: Final = LEASE.total_seconds() / 4
_GATHER_SECONDS: Final = 0.02
"""How long, at most, a backlog waits for half of the hands, lest each gets a transaction of its own."""


class DeliveryPump:
    """Runs one kind of delivery with bounded concurrency until it is cancelled.

    Whatever is claimed is begun at once: what a crash leaves in doubt is never more than there are hands.
    """

    def __init__(
        self, deliver: DeliverOutbox, wakeups: Wakeups, clock: Clock, *, hands: int, poll_seconds: float
    ) -> None:
        self._deliver = deliver
        self._wakeups = wakeups
        self._clock = clock
        self._hands = hands
        self._poll_seconds = poll_seconds
        self._at_work: set[asyncio.Task[None]] = set()
        self._held: dict[OutboxId, ClaimedEntry] = {}
        self._holding = asyncio.Event()
        self._renewed_at = clock.now()
        self._renewing: asyncio.Task[None] | None = None
        self._claiming: asyncio.Task[Claim] | None = None
        self._backlog = False

    async def run(self) -> None:
        """Deliver until cancelled; what is under way then goes on (see `drain`)."""
        self._renewing = self._renewing or asyncio.create_task(self._renew_leases())
        while True:
            try:
                await self._turn()
            except (Unavailable, AlreadyRecorded) as fault:
                log.warning("delivery_pump_waits", kind=self._deliver.kind.value, why=str(fault))
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)
            except Exception:
                log.exception("delivery_pump_failed", kind=self._deliver.kind.value)
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)

    async def drain(self) -> None:
        """Wait for what is under way."""
        if self._claiming is not None:
            with suppress(Exception):
                await asyncio.shield(self._claiming)
        if self._at_work:
            await asyncio.wait(self._at_work)
        if self._renewing is not None:
            self._renewing.cancel()

    @property
    def under_way(self) -> int:
        """How many deliveries have begun and are not settled."""
        return len(self._at_work)

    async def abandon(self) -> None:
        """Let go of what is under way; leases end, and what is in doubt is asked about, as after a kill."""
        works = [work for work in (self._claiming, self._renewing, *self._at_work) if work is not None]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    async def _turn(self) -> None:
        await self._wait_for_hands()
        # Stopped amid a claim, its entries would stay held by nobody until their leases end.
        self._claiming = asyncio.create_task(self._claim())
        claim = await asyncio.shield(self._claiming)
        self._backlog = claim.is_full
        if not self._backlog:
            idle = seconds_until(claim.next_due_at, self._clock.now(), self._poll_seconds)
            await self._wakeups.wait(
                self._deliver.kind.value, max(idle, HELD_SECONDS) if claim.is_held else idle
            )

    async def _wait_for_hands(self) -> None:
        """A hand suffices for what has just come; of a backlog, as many are taken as soon come free."""
        if len(self._at_work) == self._hands:
            await asyncio.wait(self._at_work, return_when=asyncio.FIRST_COMPLETED)
        if not self._backlog:
            return
        give_up_at = asyncio.get_running_loop().time() + _GATHER_SECONDS
        while len(self._at_work) > self._hands // 2:
            left = give_up_at - asyncio.get_running_loop().time()
            if left <= 0:
                return
            await asyncio.wait(self._at_work, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    async def _claim(self) -> Claim:
        """Claim for all free hands, and begin."""
        if self._held and self._clock.now() - self._renewed_at > LEASE / 2:
            # The clock has leapt (a paused machine, a correction): our own work must not look abandoned.
            await self._renew()
        claim = await self._deliver.claim(self._hands - len(self._at_work))
        for entry in claim.wanted:
            self._held[entry.outbox_id] = entry
            self._holding.set()
            task = asyncio.create_task(self._deliver_one(entry))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)
        return claim

    async def _deliver_one(self, claimed: ClaimedEntry) -> None:
        try:
            await self._deliver.deliver(claimed)
        except (Unavailable, AlreadyRecorded) as fault:
            # The lease ends by itself; the entry is tried again then.
            log.warning(
                "delivery_not_settled",
                kind=self._deliver.kind.value,
                key=claimed.entry.key,
                why=str(fault),
            )
        except Exception:
            log.exception("delivery_broke", kind=self._deliver.kind.value, key=claimed.entry.key)
        finally:
            self._held.pop(claimed.outbox_id, None)
            if not self._held:
                self._holding.clear()

    async def _renew(self) -> None:
        await self._deliver.renew(list(self._held.values()))
        self._renewed_at = self._clock.now()

    async def _renew_leases(self) -> None:
        """So that a slow peer costs no second delivery, and a crash no more than one lease."""
        while True:
            # An idle worker wakes for nothing.
            await self._holding.wait()
            await asyncio.sleep(_RENEW_SECONDS)
            if self._held:
                try:
                    await self._renew()
                except (Unavailable, AlreadyRecorded) as fault:
                    log.warning("leases_not_renewed", kind=self._deliver.kind.value, why=str(fault))
                except Exception:
                    log.exception("leases_not_renewed", kind=self._deliver.kind.value)


def seconds_until(due_at: datetime | None, now: datetime, longest: float) -> float:
    """How long to wait for what is due then, at most `longest`; bells may be lost, so never for ever."""
    if due_at is None:
        return longest
    return min(max((due_at - now).total_seconds(), 0.0), longest)
