"""The port `ResultTexts`, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from dataclasses import replace

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.domain.handling.result_texts import ResultText, ResultTextState
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.stored_person import Person, remark

CITIZEN = PhoneNumber("+8613800138000")


async def test_who_learns_something_of_a_text_undoes_nothing_that_another_learnt(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Its answer comes while it is being noted that it has left: both had read it before."""
    now = clock.now()
    person = Person(CITIZEN, now)
    follow_up_id = await remark(database, person, "已增开窗口")
    text = ResultText(
        follow_up_id=follow_up_id,
        step=4,
        phone=CITIZEN,
        invitation_id=person.invitation_id,
        letter="R",
        queued_at=now,
        tried_at=now,
    )
    async with database.transaction() as work:
        await work.result_texts.add(text)
    async with database.transaction() as work:
        await work.result_texts.update(text, replace(text, answered_at=now))
    async with database.transaction() as work:
        await work.result_texts.update(text, replace(text, state=ResultTextState.SENT, settled_at=now))

    async with database.reading() as work:
        kept = await work.result_texts.of_step(follow_up_id, 4)
    assert kept == replace(text, answered_at=now, state=ResultTextState.SENT, settled_at=now)
