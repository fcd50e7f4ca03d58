"""From the reminder to the rating by text, through Twilio's API and webhooks."""

from __future__ import annotations

import pytest

from tests.integration.conftest import CITIZEN, Rig

OTHER = "+8613900139000"


async def reminded(rig: Rig, service_id: str = "S-1", **changes: object) -> str:
    """Register a finished service and let a day pass; the reminder's words."""
    await rig.register(service_id, **changes)
    rig.skip(hours=24, minutes=1)
    return (await rig.next_text()).body


@pytest.mark.requirement("R-7")
@pytest.mark.requirement("R-8")
async def test_a_reply_rates_and_is_thanked(rig: Rig) -> None:
    """The digit and the citizen's own words reach the store; a bad one reaches the agency."""
    reminder = await reminded(rig)
    assert "居民身份证换领" in reminder

    answer = await rig.carrier.text_in(CITIZEN, "4 等太久")
    answer.assert_received()
    thanks = await rig.next_text()
    (document,) = (await rig.stored(1)).values()
    (email,) = await rig.emails(1)

    assert (document["level"], document["comment"], document["raw_input"]) == (
        "dissatisfied",
        "等太久",
        "4 等太久",
    )
    assert (document["channel"], document["channel_code"]) == ("sms", 7)
    assert thanks.to == CITIZEN
    assert "不满意" in thanks.body
    body = email.message.get_body(("plain",))
    assert body is not None
    assert "等太久" in body.get_content()


async def test_the_same_text_again_changes_nothing(rig: Rig) -> None:
    """One evaluation and one thanks, however often the carrier delivers the text."""
    await reminded(rig)
    for _ in range(3):
        await rig.carrier.text_in(CITIZEN, "1", message_sid="SM" + "1" * 32)
    await rig.quiet()

    assert len(rig.store.stored) == 1
    assert len(rig.twilio.sent) == 2


@pytest.mark.requirement("R-16")
async def test_an_unclear_reply_is_asked_about_once(rig: Rig) -> None:
    """Nothing is recorded, one question goes back, a clear second reply rates."""
    await reminded(rig)

    for body in ("谢谢", "嗯", "2"):
        await rig.carrier.text_in(CITIZEN, body)
        await rig.quiet()

    assert [d["level"] for d in rig.store.newest.values()] == ["satisfied"]
    assert len(rig.twilio.sent) == 3, "reminder, one clarification, thanks"


@pytest.mark.requirement("R-9")
async def test_first_additional_and_a_polite_refusal_of_the_third(rig: Rig) -> None:
    """Sequence 1 and 2 are stored, the third is answered and not stored."""
    await reminded(rig)

    for body in ("4", "2 打了电话来解释", "5"):
        await rig.carrier.text_in(CITIZEN, body)
        await rig.quiet()

    documents = sorted(rig.store.newest.values(), key=lambda d: d["sequence"])
    assert [(d["sequence"], d["level"]) for d in documents] == [(1, "dissatisfied"), (2, "satisfied")]
    assert len(rig.twilio.sent) == 4


@pytest.mark.requirement("R-9")
async def test_who_goes_on_rating_is_refused_once_a_day__regression(rig: Rig) -> None:
    """A telephone that answers texts by itself would be answered for ever."""
    await reminded(rig)
    for body in ("4", "2", "5", "5", "4"):
        await rig.carrier.text_in(CITIZEN, body)
        await rig.quiet()
    assert len(rig.twilio.sent) == 4, "reminder, two thanks, one refusal"

    rig.skip(hours=24)
    await rig.carrier.text_in(CITIZEN, "5")
    await rig.quiet()
    assert len(rig.twilio.sent) == 5
    assert len(rig.store.newest) == 2


async def test_an_opt_out_is_confirmed_once_and_honoured(rig: Rig) -> None:
    """No reminder, no thanks, until the citizen wants texts again."""
    await rig.register("S-1")
    for _ in range(2):
        await rig.carrier.text_in(CITIZEN, "TD")
        await rig.quiet()
    rig.skip(hours=25)
    await rig.quiet()
    assert len(rig.twilio.sent) == 1, "the confirmation"

    await rig.carrier.text_in(CITIZEN, "恢复")
    await rig.quiet()
    assert len(rig.twilio.sent) == 2
    await rig.register("S-2")
    rig.skip(hours=25)
    await rig.quiet()
    assert len(rig.twilio.sent) == 3


async def test_two_open_invitations_are_told_apart_by_a_letter(rig: Rig) -> None:
    """The second reminder names a letter; the reply with it rates that service."""
    await reminded(rig, "S-1")
    await rig.register("S-2", item={"code": "2", "name": "护照办理"})
    rig.skip(hours=24, minutes=1)
    second = (await rig.next_text()).body
    assert "A1" in second

    await rig.carrier.text_in(CITIZEN, "a5")
    await rig.quiet()
    await rig.carrier.text_in(CITIZEN, "1")
    await rig.quiet()

    assert {d["service_id"]: d["level"] for d in rig.store.newest.values()} == {
        "S-2": "very_dissatisfied",
        "S-1": "very_satisfied",
    }


async def test_a_stranger_gets_one_polite_answer(rig: Rig) -> None:
    """Whoever was not invited is told so once; nothing is recorded."""
    for body in ("5", "你好？"):
        await rig.carrier.text_in(OTHER, body)
        await rig.quiet()

    assert rig.store.stored == {}
    assert len(rig.twilio.sent) == 1


@pytest.mark.requirement("R-8")
async def test_nobody_is_reminded_at_night(rig: Rig) -> None:
    """A service finished in the evening is reminded of in the morning after the day."""
    rig.skip(hours=12)
    await rig.register("S-1")
    rig.skip(hours=24, minutes=5)
    await rig.quiet()
    assert rig.twilio.sent == []

    rig.skip(hours=10)
    await rig.next_text()


@pytest.mark.requirement("R-5")
async def test_one_reply_rates_a_whole_batch(rig: Rig) -> None:
    """Three filings, one reminder, one reply, three evaluations; the copies name their source."""
    for number in (1, 2, 3):
        await rig.register(f"B-{number}", batch_id="B")
    rig.skip(hours=24, minutes=1)
    await rig.next_text()

    await rig.carrier.text_in(CITIZEN, "1")
    documents = await rig.stored(3)
    await rig.quiet()

    sources = {d["applied_from"] for d in documents.values()}
    assert {d["service_id"] for d in documents.values()} == {"B-1", "B-2", "B-3"}
    assert None in sources
    assert len(sources) == 2
    assert len(rig.twilio.sent) == 2, "one reminder, one thanks"


@pytest.mark.requirement("R-6")
async def test_an_overall_reply_spares_what_was_rated_separately(rig: Rig) -> None:
    """A theme's item rated by phone on its own keeps its rating."""
    for number in (1, 2, 3):
        await rig.register(f"T-{number}", theme_id="T")
    call = rig.call()
    await call.enter("/twilio/voice/rating?service_id=T-2&scope=service")
    await call.press("1")
    await call.hang_up()
    rig.skip(hours=24, minutes=1)
    await rig.next_text()

    await rig.carrier.text_in(CITIZEN, "5")
    documents = await rig.stored(3)

    assert {d["service_id"]: d["level"] for d in documents.values()} == {
        "T-1": "very_dissatisfied",
        "T-2": "very_satisfied",
        "T-3": "very_dissatisfied",
    }


async def test_another_persons_number_is_a_conflict_and_a_late_open_report_a_repeat(rig: Rig) -> None:
    """The same visit with another number is refused; the report of the open visit may come late."""
    done = rig.clock.now().isoformat()
    await rig.register("S-1", completed_at=done)

    assert await rig.post("S-1", completed_at=done, phone=OTHER) == 409
    assert await rig.post("S-1", completed_at=None) == 200
    assert await rig.post("S-1", completed_at=done) == 200


@pytest.mark.requirement("R-4")
@pytest.mark.requirement("R-8")
async def test_a_service_rated_after_one_visit_is_not_reminded_of_for_another(rig: Rig) -> None:
    """The item is rated once in all: whoever rated it after the second visit is not asked for the first."""
    for visit_no in (1, 2):
        await rig.register("S-1", visit_no=visit_no)
    call = rig.call()
    await call.enter("/twilio/voice/rating?service_id=S-1&visit_no=2")
    await call.press("1")
    await call.hang_up()
    await rig.stored(1)

    rig.skip(hours=25)
    await rig.quiet()

    assert rig.twilio.sent == []
