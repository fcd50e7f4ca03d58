"""Tell the gauges how much is owed to the outside, reminders that are due among it, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.database import OutboxLevel
from gateway.domain.outbox import OutboxKind, OutboxState

_NONE: Final = timedelta()


class MeasureOutbox:
    """Measures every kind, also those that owe nothing: a series that ends says less than a zero."""

    def __init__(self, essentials: Essentials) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._metrics = essentials.metrics
        self._kinds = {kind.value for kind in OutboxKind}
        """Whatever was told once is told to the end: a gauge that nobody sets keeps its last value."""

    async def __call__(self) -> None:
        """Measure once; the oldest is the pending entry that was created first.

        Raises:
            Unavailable: the gauges stay as they were.

        """
        async with self._database.reading() as work:
            first_due_at = await work.invitations.next_reminder_at()
            levels = {(level.kind, level.state): level for level in await work.inspection.levels()}
        overdue = self._clock.now() - first_due_at if first_due_at else _NONE
        self._metrics.reminders_measured(overdue_seconds=overdue.total_seconds())
        # A kind of a newer version waits for a newer worker, and must not wait unseen.
        self._kinds |= {kind for kind, _ in levels}
        for kind in self._kinds:
            waiting = levels.get((kind, OutboxState.PENDING))
            dead = levels.get((kind, OutboxState.DEAD))
            age = self._clock.now() - waiting.oldest_at if waiting else _NONE
            self._metrics.outbox_measured(
                kind=kind,
                waiting=_count(waiting),
                dead=_count(dead),
                oldest_age_seconds=age.total_seconds(),
            )


def _count(level: OutboxLevel | None) -> int:
    return level.count if level else 0
