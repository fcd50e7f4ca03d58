"""All duties of a worker process, started together and stopped together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.application.ports.clock import Clock
from gateway.application.ports.wakeups import Wakeups
from gateway.application.send_reminders import BATCH, SendReminders
from gateway.domain.errors import AlreadyRecorded, Unavailable
from gateway.worker.pump import HELD_SECONDS, DeliveryPump, seconds_until

log = structlog.get_logger()

REMINDERS: Final = "reminders"
"""The bell that new reminders and a moved clock ring."""
_AFTER_FAILURE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Chore:
    """Something done again and again, with a pause between."""

    name: str
    do: Callable[[], Awaitable[object]]
    every_seconds: float


async def repeat(chore: Chore) -> None:
    """Do it again and again, whatever happens, until cancelled."""
    while True:
        try:
            await chore.do()
        except (Unavailable, AlreadyRecorded) as fault:
            log.warning("chore_waits", chore=chore.name, why=str(fault))
        except Exception:
            log.exception("chore_failed", chore=chore.name)
        await asyncio.sleep(chore.every_seconds)


class WorkerLoop:
    """Delivers, reminds and tidies up until it is stopped."""

    def __init__(
        self,
        pumps: Sequence[DeliveryPump],
        reminders: SendReminders,
        chores: Sequence[Chore],
        wakeups: Wakeups,
        clock: Clock,
        *,
        poll_seconds: float,
    ) -> None:
        self._pumps = pumps
        self._reminders = reminders
        self._chores = chores
        self._wakeups = wakeups
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin all duties."""
        runs = [pump.run() for pump in self._pumps]
        runs += [self._remind(), *(repeat(chore) for chore in self._chores)]
        self._tasks = [asyncio.create_task(run) for run in runs]

    @property
    def under_way(self) -> int:
        """How many deliveries have begun and are not settled."""
        return sum(pump.under_way for pump in self._pumps)

    async def stop(self) -> None:
        """Claim nothing more and wait for what is under way; cancelled, let go of it as a kill would.

        Leases end then, and another worker takes over.
        """
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await asyncio.gather(*(pump.drain() for pump in self._pumps))
        except asyncio.CancelledError:
            await asyncio.gather(*(pump.abandon() for pump in self._pumps))
            raise
        finally:
            self._tasks = []

    async def _remind(self) -> None:
        while True:
            try:
                judged = await self._reminders()
                if judged < BATCH:
                    due_at = await self._reminders.next_due_at()
                    idle = seconds_until(due_at, self._clock.now(), self._poll_seconds)
                    await self._wakeups.wait(REMINDERS, idle if judged else max(idle, HELD_SECONDS))
            except (Unavailable, AlreadyRecorded) as fault:
                log.warning("reminders_wait", why=str(fault))
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)
            except Exception:
                log.exception("reminders_failed")
                await asyncio.sleep(_AFTER_FAILURE_SECONDS)
