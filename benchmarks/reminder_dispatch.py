"""A process that sends all reminders that are due, by the gateway's own workers, and measures itself.

Arguments: database URL, number due. Prints one JSON object. A process of its own, so that its peak memory
is that of the work alone.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from pathlib import Path

import uvloop

from benchmarks.waiting_reminders import MORNING, opened
from gateway.adapters.clock import MovableClock, SystemClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.carrier_health import CarrierHealth
from gateway.application.deliver_outbox import DeliverOutbox
from gateway.application.deliver_text import DeliverText
from gateway.application.essentials import Essentials
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText
from gateway.application.queue_text import QueueText
from gateway.application.send_reminders import SendReminders
from gateway.bootstrap.folders import data_folder
from gateway.domain.outbox import OutboxKind
from gateway.settings import Settings
from gateway.telemetry.logging import configure_logging
from gateway.telemetry.metrics import Metrics
from gateway.worker.loop import WorkerLoop
from gateway.worker.pump import DeliveryPump


class CountingCarrier(DemoSmsCarrier):
    """The demonstration's carrier without its receipts; tells when it has taken all."""

    def __init__(self, clock: MovableClock, expected: int) -> None:
        super().__init__(clock=clock, report=self._unreported, receipts=())
        self._missing = expected
        self.all_taken = asyncio.Event()

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Take a text, and count it."""
        accepted = await super().send(text)
        self._missing -= 1
        if self._missing == 0:
            self.all_taken.set()
        return accepted

    async def _unreported(self, message_id: str, status: str) -> None:
        """Nobody listens for receipts here."""


def workers(
    database: SqlDatabase, wakeups: InProcessWakeups, clock: MovableClock, carrier: DemoSmsCarrier
) -> WorkerLoop:
    """What a worker process runs for reminders, on the default settings."""
    settings = Settings()
    essentials = Essentials(database, clock, settings.rules_for_domain(), Metrics())
    health = CarrierHealth([carrier], clock, essentials.metrics)
    texts = JinjaMessageTexts(data_folder("sms_templates"), settings.sms.signature)
    poll = settings.worker.poll_interval.total_seconds()
    pump = DeliveryPump(
        DeliverOutbox(essentials, OutboxKind.UNASKED, DeliverText(essentials, health), jitter=random.random),
        wakeups,
        clock,
        hands=settings.worker.sms,
        poll_seconds=poll,
    )
    reminders = SendReminders(essentials, QueueText(texts))
    return WorkerLoop([pump], reminders, [], wakeups, clock, poll_seconds=poll)


async def dispatch(url: str, due: int) -> dict[str, float]:
    """Reminders per second from due to taken by the carrier, and the process's peak memory in MB."""
    clock = MovableClock(MORNING, SystemClock())
    async with opened(url) as (database, wakeups):
        carrier = CountingCarrier(clock, due)
        loop = workers(database, wakeups, clock, carrier)
        begun = time.perf_counter()
        loop.start()
        await carrier.all_taken.wait()
        seconds = time.perf_counter() - begun
        await loop.stop()
    return {"per_second": due / seconds, "peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory this process has had."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says begins, on Linux, with the size of the process that started this one.
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)


if __name__ == "__main__":
    configure_logging("warning")
    print(json.dumps(uvloop.run(dispatch(sys.argv[1], int(sys.argv[2])))))
