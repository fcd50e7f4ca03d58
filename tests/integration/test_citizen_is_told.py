"""What a citizen hears of the follow-up of their rating, and what becomes of what they say to that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from gateway.adapters.database.tables import follow_up_steps, incoming_messages
from gateway.application import take_citizens_answer
from gateway.domain.handling.acts import (
    ActKind,
    Actor,
    ActorKind,
    AnswerOfCitizen,
    Close,
    InformBureau,
    Overrule,
    RateAgain,
    TellCitizen,
    Verdict,
    Way,
)
from gateway.domain.handling.progress import Progress
from tests.integration.agency_desk import Desk, acts, at_desk
from tests.integration.conftest import CITIZEN, Rig, until
from tests.peers.twilio_server import Drop, Refuse, SentText

ANSWER = "已增开两个窗口，等候不超过十分钟"


async def rectified(rig: Rig) -> tuple[Desk, SentText]:
    """A rating was found true and put right; the text that tells of it."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")
    await desk.rectify(answer=ANSWER)
    return desk, await rig.next_text()


async def told(rig: Rig, desk: Desk) -> None:
    """Wait until it is on record that the citizen was told."""

    async def on_record() -> bool:
        return any(isinstance(act, TellCitizen) for act in await acts(rig, desk.follow_up_id))

    await until(on_record)


@pytest.mark.requirement("R-11")
async def test_the_agencys_answer_is_approved_sent_and_answered(rig: Rig) -> None:
    """The page shows the very text; its leaving is a step, and so is what the citizen says to it."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")

    preview = await desk.fill_in("rectify", words="增开窗口", answer=ANSWER)
    assert "评价人将收到这条短信" in preview.text
    assert "100字以内" in preview.text
    assert not any("rectified" in str(act) for act in await acts(rig, desk.follow_up_id))
    await desk.rectify(words="增开窗口", answer=ANSWER)
    text = await rig.next_text()
    await told(rig, desk)
    await rig.carrier.text_in(CITIZEN, "R1 谢谢你们")
    thanks = await rig.next_text()

    assert text.body in preview.text
    assert text.to == CITIZEN
    assert ANSWER in text.body
    history = await acts(rig, desk.follow_up_id)
    assert TellCitizen(Way.TEXT, text.body) in history
    assert history[-1] == AnswerOfCitizen(satisfied=True, words="谢谢你们")
    assert "感谢您的回复" in thanks.body
    assert "已反馈" in (await desk.open()).text
    assert len(await rig.stored(1)) == 1, "an answer about the handling is no rating"


@pytest.mark.requirement("R-11")
@pytest.mark.parametrize(("reply", "satisfied"), [("满意", True), ("R5没解决", False), ("不满意", False)])
async def test_what_was_asked_last_is_answered_also_without_the_letter(
    rig: Rig, reply: str, satisfied: bool
) -> None:
    """By the usual rules of reading; no evaluation is recorded, first or additional."""
    desk, _ = await rectified(rig)
    await told(rig, desk)

    await rig.carrier.text_in(CITIZEN, reply)
    await rig.next_text()

    last = (await acts(rig, desk.follow_up_id))[-1]
    assert isinstance(last, AnswerOfCitizen)
    assert last.satisfied is satisfied
    assert len(rig.store.stored) == 1


async def test_a_second_bare_reply_rates_no_service_that_nobody_was_asked_about__regression(rig: Rig) -> None:
    """The question about the handling is answered; what was finished meanwhile is not asked about yet."""
    desk, _ = await rectified(rig)
    await told(rig, desk)
    await rig.register("S-8", item={"code": "2", "name": "营业执照"})

    for _ in range(2):
        await rig.carrier.text_in(CITIZEN, "5")
        await rig.next_text()
    await rig.quiet()

    assert "S-8" not in {document["service_id"] for document in rig.store.newest.values()}


@pytest.mark.requirement("R-11")
async def test_a_reply_to_what_nobody_knows_to_have_arrived_is_asked_about(rig: Rig) -> None:
    """The carrier took the text and fell silent: "5" may answer it or rate again, and is neither yet."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")
    rig.twilio.troubles.append(Drop(accepted=True))
    rig.twilio.look_up_troubles.extend([Refuse(503)] * 9)
    await desk.rectify(answer=ANSWER)
    assert ANSWER in (await rig.next_text()).body

    await rig.carrier.text_in(CITIZEN, "5")
    question = await rig.next_text()
    assert "R5" in question.body
    assert len(rig.store.stored) == 1, "no rating that nobody gave"
    await rig.carrier.text_in(CITIZEN, "5")

    assert "已记录" in (await rig.next_text()).body
    last = (await acts(rig, desk.follow_up_id))[-1]
    assert isinstance(last, AnswerOfCitizen)
    assert not last.satisfied
    assert len(rig.store.stored) == 1


async def test_a_reply_that_cannot_be_read_is_asked_about_once(rig: Rig) -> None:
    """It names the letter; then there is silence, and nothing is recorded."""
    desk, _ = await rectified(rig)
    await told(rig, desk)

    await rig.carrier.text_in(CITIZEN, "你们看着办")
    question = await rig.next_text()
    await rig.carrier.text_in(CITIZEN, "随便")
    await rig.quiet()

    assert "R1" in question.body
    assert isinstance((await acts(rig, desk.follow_up_id))[-1], TellCitizen)
    assert rig.twilio.sent[-1].body == question.body


async def test_a_telephone_that_answers_by_itself_fills_no_history(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last answer that is noted says so; what comes then is kept with the messages, and hears nothing."""
    monkeypatch.setattr(take_citizens_answer, "_MOST", 2)
    desk, _ = await rectified(rig)
    await told(rig, desk)
    for reply in ("R1 谢谢", "R5 没有改"):
        await rig.carrier.text_in(CITIZEN, reply)
        await rig.next_text()
    before = len(rig.twilio.sent)

    await rig.carrier.text_in(CITIZEN, "R5 没有改")
    await rig.quiet()

    answers = [act for act in await acts(rig, desk.follow_up_id) if isinstance(act, AnswerOfCitizen)]
    assert [answer.words for answer in answers] == ["谢谢", "没有改（此后的回复不再列入办理记录）"]
    assert len(rig.twilio.sent) == before
    async with rig.gateway.database.reading_engine.connect() as connection:
        kept = (await connection.execute(select(incoming_messages.c.outcome))).scalars().all()
    assert sorted(kept)[:1] == ["answer_beyond_limit"]


@pytest.mark.requirement("R-9")
async def test_once_answered_a_new_rating_counts_and_is_linked(rig: Rig) -> None:
    """The next digit is an additional evaluation, and a step of the first one's follow-up."""
    desk, _ = await rectified(rig)
    await told(rig, desk)
    await rig.carrier.text_in(CITIZEN, "R1")
    await rig.next_text()

    await rig.carrier.text_in(CITIZEN, "2")
    await rig.next_text()

    last = (await acts(rig, desk.follow_up_id))[-1]
    assert isinstance(last, RateAgain)
    assert last.level == "satisfied"
    assert "追加评价" in (await desk.open()).text


async def damage(rig: Rig) -> None:
    """Somebody wrote into the histories of follow-ups."""
    async with rig.gateway.database.engine.begin() as connection:
        await connection.execute(update(follow_up_steps).values(act=ActKind.CLOSED, facts={}))


@pytest.mark.requirement("R-9")
async def test_a_rating_is_kept_whatever_the_history_it_belongs_to_looks_like__regression(rig: Rig) -> None:
    """The citizen's word does not hang on the record of what others did."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.fill_in("acknowledge")
    await damage(rig)

    await rig.carrier.text_in(CITIZEN, "2")
    thanks = await rig.next_text()

    assert "追加" in thanks.body
    assert sorted(d["sequence"] for d in (await rig.stored(2)).values()) == [1, 2]


async def test_an_answer_about_a_damaged_history_is_taken_in__regression(rig: Rig) -> None:
    """It is kept with the text itself; the carrier is not asked to bring it for ever."""
    desk, _ = await rectified(rig)
    await told(rig, desk)
    await damage(rig)

    answered = await rig.carrier.text_in(CITIZEN, "R1")

    assert answered.status == 200


@pytest.mark.requirement("R-18")
async def test_who_opted_out_is_called_instead(rig: Rig) -> None:
    """No text goes; the page asks for a call and takes it down."""
    desk = await at_desk(rig)
    await rig.next_text()
    await rig.carrier.text_in(CITIZEN, "退订")
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")

    preview = await desk.fill_in("rectify", words="增开窗口", answer=ANSWER)
    done = await desk.rectify(answer=ANSWER)
    await rig.quiet()

    assert "评价人收不到短信" in preview.text
    assert "请打电话告知结果" in done.text
    assert "tell" in done.forms
    assert "已反馈" in (await desk.fill_in("tell", words="已电话告知")).text
    assert not any(ANSWER in text.body for text in rig.twilio.sent)


@pytest.mark.requirement("R-11")
async def test_nobody_is_woken_by_an_answer(rig: Rig) -> None:
    """Rectified in the evening, told in the morning; until then the page says that it waits."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")
    local = rig.clock.now().astimezone(rig.gateway.essentials.rules.timezone)
    rig.skip(hours=22 - local.hour)

    waiting = await desk.rectify(answer=ANSWER)
    await rig.quiet()
    assert not any(ANSWER in text.body for text in rig.twilio.sent)
    assert "等待发送" in waiting.text
    rig.skip(hours=11)

    assert ANSWER in (await rig.next_text()).body
    await told(rig, desk)


@pytest.mark.requirement("R-11")
@pytest.mark.parametrize("verdict", [Verdict.TRUE, Verdict.MALICIOUS])
async def test_a_result_that_is_overruled_overnight_is_not_told__regression(
    rig: Rig, verdict: Verdict
) -> None:
    """Nobody hears in the morning what the bureau changed in the evening; they hear what holds then."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    local = rig.clock.now().astimezone(rig.gateway.essentials.rules.timezone)
    if verdict is Verdict.TRUE:
        rig.skip(hours=22 - local.hour)
        await desk.fill_in("judge", verdict="mistaken", reasons="按错了")
    else:
        await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")
        rig.skip(hours=22 - local.hour)
        await desk.rectify(answer=ANSWER)
    overrule = Overrule(verdict, "录音证实", rig.clock.now() + timedelta(days=20))
    outcome = await rig.gateway.handle(desk.follow_up_id, Actor(ActorKind.BUREAU, "李某"), overrule)
    assert isinstance(outcome, Progress)

    rig.skip(hours=11)
    await rig.quiet()

    told_of = [text.body for text in rig.twilio.sent[1:]]
    assert not any(ANSWER in body for body in told_of)
    assert len(told_of) == (verdict is Verdict.MALICIOUS), told_of
    assert not any("请电话告知" in str(email.message["Subject"]) for email in rig.mail.inbox)


@pytest.mark.requirement("R-12")
async def test_who_is_told_after_it_was_closed_is_on_record__regression(rig: Rig) -> None:
    """Closed in the evening, told in the morning."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    local = rig.clock.now().astimezone(rig.gateway.essentials.rules.timezone)
    rig.skip(hours=22 - local.hour)
    await desk.fill_in("judge", verdict="mistaken", reasons="按错了")

    async def informed() -> bool:
        return any(isinstance(act, InformBureau) for act in await acts(rig, desk.follow_up_id))

    await until(informed)
    closed = await rig.gateway.handle(desk.follow_up_id, Actor(ActorKind.BUREAU, "李某"), Close("同意"))
    assert isinstance(closed, Progress)

    rig.skip(hours=11)

    assert "未计入" in (await rig.next_text()).body
    await told(rig, desk)
    assert "已办结" in (await desk.open()).text


@pytest.mark.requirement("R-12")
async def test_who_rated_by_mistake_is_told_so_neutrally(rig: Rig) -> None:
    """Corrected at the core store; the text blames nobody, and an objection is on record."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="malicious", reasons="同一号码多次无故差评")

    text = await rig.next_text()
    await told(rig, desk)
    await rig.carrier.text_in(CITIZEN, "R5 我没有乱评")
    await rig.next_text()

    (document,) = (await rig.stored(2)).values()
    assert document["adopted"] is False
    assert "未计入" in text.body
    assert "恶意" not in text.body
    # The bureau may hear of it before or after.
    assert AnswerOfCitizen(satisfied=False, words="我没有乱评") in await acts(rig, desk.follow_up_id)


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize(
    ("answer", "said"),
    [("请拨打13900139000", "号码"), ("好" * 150, "答复太长"), (" ", "请写明情况")],
)
async def test_what_must_not_be_texted_is_told_before_it_is(rig: Rig, answer: str, said: str) -> None:
    """A number or too many words: nothing is done, and nothing that was written is lost."""
    desk = await at_desk(rig)
    await rig.next_text()
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")

    shown = await desk.fill_in("rectify", words="增开窗口", answer=answer)

    assert shown.status == 422
    assert said in shown.text
    assert "增开窗口" in shown.html
