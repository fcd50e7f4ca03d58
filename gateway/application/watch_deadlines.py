"""Reminding of deadlines before they pass, and telling the next in line after (R-10, R-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.application.essentials import Essentials
from gateway.application.owe_letter import owed_letter
from gateway.application.ports.database import UnitOfWork
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.alarms import Alarm, AlarmKind, due_alarm, next_alarm
from gateway.domain.handling.history import FollowUpStep, fold
from gateway.domain.handling.letters import Letter, LetterKind
from gateway.domain.handling.progress import deadline_of
from gateway.domain.outbox import OutboxEntry

log = structlog.get_logger()

BATCH: Final = 100
_DAMAGED_AGAIN_IN: Final = timedelta(days=1)


class WatchDeadlines:
    """Finds what is due by the index of alarms, and owes each email once."""

    def __init__(self, essentials: Essentials, directory: AgencyDirectory) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._directory = directory

    async def __call__(self) -> None:
        """Look until nothing more is due."""
        while await self._is_due() and await self._batch() == BATCH:
            pass

    async def _is_due(self) -> bool:
        """Looked at without a write, which on SQLite keeps others waiting."""
        async with self._database.reading() as work:
            first = await work.follow_ups.next_alarm_at()
        return first is not None and first <= self._clock.now()

    async def _batch(self) -> int:
        async with self._database.transaction() as work:
            now = self._clock.now()
            due = await work.follow_ups.due_alarms(now, BATCH)
            steps = await work.follow_ups.steps_of([each.follow_up_id for each in due])
            owed = [await self._owed(work, each, steps.get(each.follow_up_id), now) for each in due]
            entries = [entry for entry in owed if entry is not None]
            await work.outbox.add(entries)
        if due:
            log.info("deadlines_watched", due=len(due), queued=len(entries))
        return len(due)

    async def _owed(
        self, work: UnitOfWork, follow_up: FollowUp, steps: Sequence[FollowUpStep] | None, now: datetime
    ) -> OutboxEntry | None:
        """The email that is due about one follow-up, whose next alarm is set."""
        try:
            if steps is None:
                # Damaged: this says how.
                steps = [kept.step for kept in await work.follow_ups.history(follow_up.follow_up_id)]
            deadline = deadline_of(fold(follow_up, steps))
        except LookupError as damage:
            log.warning("alarm_waits", follow_up_id=follow_up.follow_up_id, why=str(damage))
            await work.follow_ups.watch(follow_up, now + _DAMAGED_AGAIN_IN)
            return None
        if deadline is None:
            await work.follow_ups.watch(follow_up, None)
            return None
        last_level = max(len(self._directory.tiers(follow_up.agency_code)) - 1, 1)
        calendar, zone = self._rules.calendar, self._rules.timezone
        alarm = due_alarm(deadline, now, last_level, calendar, zone)
        later = next_alarm(deadline, now, calendar, zone)
        at = later.at if later is not None and later.level <= last_level else None
        await work.follow_ups.watch(follow_up, at)
        return None if alarm is None else self._entry(follow_up, alarm, now)

    def _entry(self, follow_up: FollowUp, alarm: Alarm, now: datetime) -> OutboxEntry:
        tiers = len(self._directory.tiers(follow_up.agency_code))
        letter = Letter(
            kind=LetterKind.REMINDER if alarm.kind is AlarmKind.REMINDER else LetterKind.ESCALATION,
            follow_up_id=follow_up.follow_up_id,
            name=alarm.name,
            tier=min(alarm.level, max(tiers - 1, 0)),
            duty=alarm.deadline.kind,
        )
        return owed_letter(letter, now)
