"""A follow-up is handled on either database: its history grows, and the rating follows the verdict."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import outbox
from gateway.application import handle_follow_up
from gateway.application.take_step import Overtaken
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import SYSTEM, Acknowledge, Close, Comment, InformBureau, Overrule, Verdict
from gateway.domain.handling.chain import faults_of
from gateway.domain.handling.judgement import Refusal
from gateway.domain.handling.progress import Progress
from gateway.domain.ids import FollowUpId
from gateway.domain.outbox import OutboxKind
from tests.integration.follow_up_cases import AGENCY, BUREAU, MISTAKEN, Office, open_office


@pytest.fixture
async def office(database: SqlDatabase, clock: MovableClock) -> Office:
    """Where follow-ups are handled, on each engine."""
    return open_office(database, clock)


@pytest.mark.requirement("R-12")
async def test_a_mistaken_rating_and_its_copies_are_not_adopted(office: Office) -> None:
    """Each filing of the batch gets its next revision, and the core store is owed every one of them."""
    follow_up = await office.rated_badly(filings=3)

    outcome = await office.do(follow_up, Acknowledge(), office.called_back(), MISTAKEN)

    assert isinstance(outcome, Progress)
    assert outcome.state is FollowUpState.NOT_ADOPTED
    evaluations = await office.evaluations(filings=3)
    assert [(e.adopted, e.revision) for e in evaluations] == [(False, 2)] * 3
    async with office.database.engine.connect() as connection:
        owed = await connection.execute(
            select(outbox.c.payload).where(
                outbox.c.kind == OutboxKind.CORE_STORE.value, outbox.c.key.like("%:2")
            )
        )
    assert [row.payload["adopted"] for row in owed] == [False] * 3


@pytest.mark.requirement("R-13")
async def test_an_overruled_verdict_makes_the_rating_count_again(office: Office) -> None:
    """The bureau heard the recording: adopted once more, by a third revision."""
    follow_up = await office.rated_badly()
    await office.do(follow_up, office.called_back(), MISTAKEN)
    overrule = Overrule(Verdict.TRUE, "录音证实确有推诿", office.clock.now() + timedelta(days=20))

    await office.do(follow_up, overrule, actor=BUREAU)

    (evaluation,) = await office.evaluations()
    assert (evaluation.adopted, evaluation.revision) == (True, 3)


@pytest.mark.requirement("R-13")
async def test_everything_done_stays_and_its_chain_holds(office: Office) -> None:
    """Who, when, what was said; the follow-up names state, number of steps and the last digest."""
    follow_up = await office.rated_badly()
    await office.do(follow_up, Acknowledge(), office.called_back(), MISTAKEN)
    await office.do(follow_up, InformBureau(), actor=SYSTEM)
    await office.do(follow_up, Close("同意"), actor=BUREAU)

    async with office.database.reading() as work:
        now = await work.follow_ups.get(follow_up.follow_up_id)
        history = await work.follow_ups.history(follow_up.follow_up_id)

    assert now is not None
    assert (now.state, now.steps, now.head) == (FollowUpState.CLOSED, 5, history[-1].digest)
    assert [kept.step.actor.name for kept in history] == ["陈某", "陈某", "陈某", "", "李某"]
    assert history[2].step.act == MISTAKEN
    assert list(faults_of(now, history)) == []


async def test_of_two_who_act_at_once_the_second_sees_what_happened(office: Office) -> None:
    """Both looked at the same page; one of them is told, and nothing is done twice."""
    follow_up = await office.rated_badly()

    def press(name: str) -> asyncio.Task[object]:
        actor = type(AGENCY)(AGENCY.kind, name)
        return asyncio.create_task(office.handle(follow_up.follow_up_id, actor, Acknowledge(), seen=0))

    outcomes = await asyncio.gather(press("陈某"), press("黄某"))

    (overtaken,) = [o for o in outcomes if isinstance(o, Overtaken)]
    assert overtaken.progress.state is FollowUpState.ACKNOWLEDGED
    async with office.database.reading() as work:
        assert len(await work.follow_ups.history(follow_up.follow_up_id)) == 1


async def test_a_remark_stands_whatever_was_said_meanwhile(office: Office) -> None:
    """Nobody loses what they wrote because somebody else pressed a button."""
    follow_up = await office.rated_badly()
    await office.do(follow_up, Acknowledge())

    outcome = await office.handle(follow_up.follow_up_id, BUREAU, Comment("请尽快回访"), seen=0)

    assert isinstance(outcome, Progress)
    assert outcome.steps == 2


async def test_a_remark_that_is_sent_twice_stands_once__regression(office: Office) -> None:
    """Its answer was lost, or the button was pressed twice; who looks again may well say the same again."""
    follow_up = await office.rated_badly()

    async def remark(seen: int) -> int:
        outcome = await office.handle(follow_up.follow_up_id, AGENCY, Comment("已联系"), seen=seen)
        assert isinstance(outcome, Progress)
        return outcome.steps

    assert [await remark(0), await remark(0), await remark(1), await remark(1)] == [1, 1, 2, 2]


async def test_a_remark_sends_nobodys_form_back(office: Office) -> None:
    """It came by email while somebody wrote down a call-back: both stand."""
    follow_up = await office.rated_badly()
    await office.do(follow_up, Comment("今天就回访"))

    outcome = await office.handle(follow_up.follow_up_id, AGENCY, office.called_back(), seen=0)
    bogus = await office.handle(follow_up.follow_up_id, AGENCY, MISTAKEN, seen=99)

    assert isinstance(outcome, Progress)
    assert isinstance(bogus, Overtaken)


async def test_what_may_not_be_done_leaves_no_trace(office: Office) -> None:
    """A refusal is an answer, not a step; an unknown number is told as such."""
    follow_up = await office.rated_badly()

    assert await office.handle(follow_up.follow_up_id, AGENCY, MISTAKEN) is Refusal.NOT_NOW
    with pytest.raises(LookupError, match="no follow-up GD-none"):
        await office.handle(FollowUpId("GD-none"), AGENCY, Acknowledge())
    async with office.database.reading() as work:
        assert await work.follow_ups.history(follow_up.follow_up_id) == []


@pytest.mark.requirement("R-11")
async def test_two_files_at_once_are_not_one_too_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes second sees what the first attached."""
    monkeypatch.setattr(handle_follow_up, "MOST", 1)
    follow_up = await office.rated_badly()

    outcomes = await asyncio.gather(
        *(office.handle.attach(follow_up.follow_up_id, AGENCY, f"{n}.pdf", b"%PDF-1.7") for n in range(4))
    )

    assert sum(isinstance(outcome, Progress) for outcome in outcomes) == 1
    assert outcomes.count(Refusal.TOO_MANY_FILES) == len(outcomes) - 1
    async with office.database.reading() as work:
        assert len(await work.follow_ups.history(follow_up.follow_up_id)) == 1
