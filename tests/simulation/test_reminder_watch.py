"""When a reminder is one too many: only where what it asks for was certainly rated."""

from __future__ import annotations

import asyncio

import pytest

from gateway.simulation.handling_ledger import Result
from gateway.simulation.handsets import Citizen
from gateway.simulation.ledger import ITEM, Given, Visit
from gateway.simulation.peers import Acceptance
from gateway.simulation.reminder_watch import ReminderWatch
from gateway.simulation.scene import Scene
from gateway.simulation.sms_carrier import Text
from gateway.simulation.trouble import LEVELS

NINE = 9 * 3600.0
DAY = 86400.0


async def promise_broken_by_a_reminder(*, told_of_result: bool) -> str | None:
    """A citizen texted 不满意 without a letter, and is reminded the next day."""
    scene = Scene(1, LEVELS["none"], asyncio.get_running_loop())
    visit = Visit(
        citizen="c", service_id="S-1", item_name="事项", agency_code="a", group="g", completed_at=NINE
    )
    scene.ledger.add_visit(visit)
    given = Given(
        key=("demo:MO1", ITEM),
        citizen="c",
        subject=ITEM,
        level=4,
        visits=frozenset({visit.key}),
        given_at=NINE + 1,
        names_service=False,
        acknowledged_at=NINE + 2,
    )
    scene.ledger.give(given)
    if told_of_result:
        result = Result(reference="result:1", citizen="c", body="不满意回复R5", letter="R", asked_at=NINE)
        scene.handling.add_result(result)
    reminder = Text(
        message_id="m",
        reference="reminder:1",
        phone="+8613800138000",
        body="您办理的“事项”已办结",
        asked_at=NINE + DAY,
        taken_at=NINE + DAY,
        valid_until=None,
        acceptance=Acceptance(NINE + DAY, None, confirmed=True),
    )
    ReminderWatch(scene).arrived(Citizen("c", "+8613800138000", [visit]), reminder, NINE + DAY)
    return scene.broken.result().promise if scene.broken.done() else None


@pytest.mark.requirement("R-8")
async def test_a_reminder_after_a_rating_is_one_too_many() -> None:
    """Nothing else can be meant by the text."""
    assert await promise_broken_by_a_reminder(told_of_result=False) == "no reminder after a rating"


async def test_a_text_that_may_answer_a_result_is_no_rating_for_sure__regression() -> None:
    """Found by a world of 2026-11-27: 不满意 after the text about a result answered that."""
    assert await promise_broken_by_a_reminder(told_of_result=True) is None
