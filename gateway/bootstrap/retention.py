"""What a worker erases all day long, so that tables that only serve deliveries stay as large as they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.retention import erase, old_traces
from gateway.application.ports.clock import Clock
from gateway.settings import Settings
from gateway.worker.loop import Chore

AT_MOST: Final = 10_000
"""Rows of a kind in one go: a thousand a second in the long run, with time left for everything else."""
_EVERY_SECONDS: Final = 10.0


def calls_kept(settings: Settings) -> timedelta:
    """How long calls and other traces are kept."""
    return min(settings.privacy.traces, settings.privacy.retention)


def trace_chore(settings: Settings, database: SqlDatabase, clock: Clock) -> Chore:
    """Erases what is older than `privacy.traces`; any number of workers may do so at once."""
    kept = calls_kept(settings)

    async def do() -> None:
        for erasure in old_traces(clock.now(), kept):
            await erase(database, erasure, AT_MOST)

    return Chore("erase_traces", do, _EVERY_SECONDS)
