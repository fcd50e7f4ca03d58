"""A text goes only while it is wanted and the citizen is awake; on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.ports.database import Chosen
from gateway.domain.messages import MessageKind
from gateway.domain.outbox import OutboxKind, OutboxState
from tests.unit.application.text_desk import CITIZEN, OTHER, Desk, open_desk


@pytest.fixture
async def desk(database: SqlDatabase, clock: MovableClock) -> AsyncIterator[Desk]:
    async with open_desk(database, clock) as opened:
        yield opened


@pytest.mark.requirement("R-8")
async def test_an_opt_out_after_queueing_stops_the_text(desk: Desk) -> None:
    """Only the confirmation still goes to who opted out; others claimed with it are not touched."""
    await desk.queue("reminder", MessageKind.REMINDER)
    await desk.queue("confirmation", MessageKind.OPT_OUT_CONFIRMATION)
    await desk.queue("to another", MessageKind.REMINDER, OTHER)
    await desk.opt_out(CITIZEN)

    assert sorted(await desk.work()) == ["confirmation", "to another"]
    dropped = await desk.row(OutboxState.DROPPED)
    assert (dropped.key, dropped.last_error) == ("reminder", "opted out")


@pytest.mark.requirement("R-8")
async def test_a_rating_after_queueing_stops_the_reminder_alone(desk: Desk) -> None:
    """Thanks for that same rating go out; the reminder of an unrated invitation does as well."""
    await desk.invite("rated", desk.clock.now())
    await desk.invite("unrated", None)
    await desk.queue("reminder", MessageKind.REMINDER, invitation="rated")
    await desk.queue("other reminder", MessageKind.REMINDER, invitation="unrated")
    await desk.queue("thanks", MessageKind.THANKS, invitation="rated")

    assert sorted(await desk.work()) == ["other reminder", "thanks"]
    dropped = await desk.row(OutboxState.DROPPED)
    assert (dropped.key, dropped.last_error) == ("reminder", "rated meanwhile")


@pytest.mark.requirement("R-8")
async def test_an_answer_that_an_operator_retries_at_night_waits_for_morning(desk: Desk) -> None:
    """What died days ago is no fresh answer, however recently somebody made it pending again."""
    queued_at = desk.clock.now()
    await desk.queue("thanks", MessageKind.THANKS, queued_at=queued_at)
    desk.clock.advance(timedelta(hours=12))  # 22:00 in Shanghai
    async with desk.database.transaction() as work:
        (claimed,) = await work.outbox.claim(OutboxKind.SMS, desk.clock.now(), timedelta(minutes=1), 1)
        await work.outbox.settle([claimed], OutboxState.DEAD, desk.clock.now(), "refused")
    async with desk.database.transaction() as work:
        assert await work.inspection.revive(Chosen(), desk.clock.now()) == 1

    assert await desk.work() == []
    assert (await desk.row(OutboxState.PENDING)).last_error == "quiet hours"


async def test_a_text_of_a_newer_release_holds_up_no_other(desk: Desk) -> None:
    """While nodes are upgraded one by one, an older one leaves it to a newer one."""
    await desk.queue("of tomorrow", MessageKind.REMINDER, kind_value="of_tomorrow")
    await desk.queue("thanks", MessageKind.THANKS)

    assert await desk.work() == ["thanks"]
    assert (await desk.row(OutboxState.PENDING)).last_error == "of a kind that this release does not know"


@pytest.mark.requirement("R-8")
async def test_a_reminder_that_meets_the_night_waits_for_morning(desk: Desk) -> None:
    """An answer goes at night too, while the citizen still holds the phone."""
    desk.clock.advance(timedelta(hours=12))  # 22:00 in Shanghai
    await desk.queue("reminder", MessageKind.REMINDER)
    await desk.queue("thanks", MessageKind.THANKS)

    assert await desk.work() == ["thanks"]
    waiting = await desk.row(OutboxState.PENDING)
    assert (waiting.key, waiting.last_error) == ("reminder", "quiet hours")

    desk.clock.advance(waiting.due_at - desk.clock.now())
    assert await desk.work() == ["thanks", "reminder"]


async def test_a_text_to_nobody_is_dropped(desk: Desk) -> None:
    """Without a number there is nothing to try."""
    await desk.queue("reminder", MessageKind.REMINDER, None)

    assert await desk.work() == []
    assert (await desk.row(OutboxState.DROPPED)).last_error == "no number to send to"
