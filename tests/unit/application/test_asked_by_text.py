"""Which services a person has been asked about by text, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.asked_by_text import not_asked_yet
from gateway.application.put_aside import WHY
from gateway.application.send_reminders import reminder_key
from gateway.domain.outbox import CarrierTry, OutboxEntry, OutboxKind, OutboxState
from tests.unit.domain.test_matching import NOW, TEXTED

QUEUED = replace(TEXTED, line=None, texted_at=NOW)
LEASE = timedelta(minutes=2)


async def is_asked(database: SqlDatabase) -> bool:
    """Whether a reply may be about it."""
    async with database.reading() as work:
        return not await not_asked_yet(work, [QUEUED])


async def owe(database: SqlDatabase, now: datetime) -> None:
    """Its reminder is queued."""
    owed = OutboxEntry(
        kind=OutboxKind.UNASKED, key=reminder_key(QUEUED), payload={}, due_at=now, created_at=now
    )
    async with database.transaction() as work:
        await work.outbox.add([owed])


@pytest.mark.requirement("R-8")
@pytest.mark.parametrize(
    ("state", "in_doubt", "why", "asked"),
    [
        (OutboxState.DONE, False, "", True),
        (OutboxState.DEAD, False, "no such number", False),
        (OutboxState.DEAD, True, "the carrier does not tell", True),
        (OutboxState.DEAD, False, WHY, True),
        (OutboxState.DROPPED, False, "too late", False),
    ],
)
async def test_a_reminder_asks_from_when_it_may_have_arrived(
    database: SqlDatabase, clock: MovableClock, state: OutboxState, in_doubt: bool, why: str, asked: bool
) -> None:
    """Queued, claimed and refused for now it asks nothing; under way it may; then its end tells."""
    now = clock.now()
    await owe(database, now)
    assert not await is_asked(database)

    async with database.transaction() as work:
        (claimed,) = await work.outbox.claim(OutboxKind.UNASKED, now, LEASE, 9)
        await work.outbox.begin([(claimed, CarrierTry("twilio", "+15005550006", now))])
    assert await is_asked(database)
    async with database.transaction() as work:
        await work.outbox.postpone(claimed, now, why="too fast")
    assert not await is_asked(database)

    async with database.transaction() as work:
        (claimed,) = await work.outbox.claim(OutboxKind.UNASKED, now, LEASE, 9)
        await work.outbox.begin([(claimed, CarrierTry("twilio", "+15005550006", now))])
        await work.outbox.settle([claimed], state, now, why, in_doubt=in_doubt)

    assert await is_asked(database) is asked


async def test_what_no_reminder_is_known_of_was_asked_about(database: SqlDatabase) -> None:
    """A batch took over the reminder of a filing; or the text was a question back, or rated since."""
    clarified, rated = replace(QUEUED, clarified_at=NOW), replace(QUEUED, rated_at=NOW)

    async with database.reading() as work:
        assert await not_asked_yet(work, [QUEUED, clarified, rated, TEXTED]) == frozenset()
