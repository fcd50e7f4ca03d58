"""From the keypad to the core store and the agency's mailbox, through real servers."""

from __future__ import annotations

import asyncio
from io import BytesIO
from itertools import cycle

import pytest
from sqlalchemy import delete, select
from structlog.testing import capture_logs

from gateway.adapters.database.tables import calls
from gateway.domain.calls import CallEnding
from tests.integration.conftest import AGENCY, CITIZEN, Rig
from tests.peers.core_store import Fault

ENTRY = f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=4415000001&staff_id=0231"


@pytest.mark.requirement("R-7")
async def test_one_key_reaches_the_core_store(rig: Rig) -> None:
    """A caller who presses 1 and hangs up at once has rated; the store gets the normalised evaluation."""
    call = rig.call()
    await call.enter(ENTRY)
    await call.press("1")
    await call.hang_up()

    (document,) = (await rig.stored(1)).values()

    assert document["level"] == "very_satisfied"
    assert (document["level_code"], document["points"]) == (1, 10)
    assert (document["channel"], document["channel_code"]) == ("phone", 6)
    assert document["subject"]["kind"] == "item"
    assert document["agency_code"] == AGENCY
    assert (document["revision"], document["sequence"], document["adopted"]) == (1, 1, True)
    assert "13800138000" not in str(document)


@pytest.mark.requirement("R-16")
async def test_a_repeated_or_concurrent_request_has_one_effect_and_one_answer(rig: Rig) -> None:
    """Twilio retries and races: same answer, one evaluation."""
    call = rig.call()
    await call.enter(ENTRY)
    arrived_again = await call.repeat()
    assert arrived_again.body == call.answers[-1].body
    await call.press("2")

    again = await asyncio.gather(*(call.repeat() for _ in range(5)))

    assert {answer.body for answer in again} == {call.answers[-1].body}
    await call.hang_up()
    await rig.quiet()
    assert len(rig.store.stored) == 1


@pytest.mark.requirement("R-16")
async def test_calls_that_come_and_go_together_are_kept_one_by_one(rig: Rig) -> None:
    """A dozen arrive in one moment, each told twice, and end so: each is opened and ended once."""
    lines = [rig.call() for _ in range(12)]

    await asyncio.gather(*(line.enter(f"{ENTRY}&service_id=S-{n}") for n, line in enumerate(lines)))
    await asyncio.gather(*(line.repeat() for line in lines))
    with capture_logs() as told:
        await asyncio.gather(*(line.hang_up() for line in [*lines, *lines]))

    assert len([one for one in told if one["event"] == "call_ended"]) == len(lines)
    async with rig.gateway.database.engine.connect() as connection:
        kept = (await connection.execute(select(calls.c.service_id, calls.c.ending))).all()
    assert sorted(row.service_id for row in kept) == sorted(f"S-{n}" for n in range(12))
    assert {row.ending for row in kept} == {CallEnding.ABANDONED}


@pytest.mark.requirement("R-16")
async def test_nobody_is_thanked_for_what_is_not_stored__regression(rig: Rig) -> None:
    """A call that the database has lost, as one that was restored has: sorry, not thanks."""
    call = rig.call()
    await call.enter(ENTRY)
    async with rig.gateway.database.engine.begin() as connection:
        await connection.execute(delete(calls))

    await call.press("5")

    assert call.failure is not None
    assert call.failure.status == 503
    assert rig.store.stored == {}


@pytest.mark.requirement("R-2")
async def test_item_then_staff_then_thanks(rig: Rig) -> None:
    """Both subjects are rated in one call, each as its own evaluation."""
    call = rig.call()
    await call.enter(ENTRY)
    await call.press("1")
    await call.press("2")

    documents = (await rig.stored(2)).values()

    assert {(d["subject"]["kind"], d["level"]) for d in documents} == {
        ("item", "very_satisfied"),
        ("staff", "satisfied"),
    }
    assert call.over


@pytest.mark.requirement("R-10")
async def test_a_bad_rating_with_its_reason_is_emailed_to_the_agency_once(rig: Rig) -> None:
    """One email to the agency's contact, with level and reason, without the caller's number."""
    call = rig.call()
    await call.enter(f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=4415000001")
    await call.press("4")
    await call.press("1")
    await call.hang_up()

    (email,) = await rig.emails(1)
    await rig.quiet()

    body = email.message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "不满意" in text
    assert "13800138000" not in str(email.message)
    assert CITIZEN not in text
    assert len(rig.mail.inbox) == 1
    newest = next(iter(rig.store.newest.values()))
    assert newest["level"] == "dissatisfied"
    assert newest["comment"]


@pytest.mark.requirement("R-16")
@pytest.mark.requirement("R-8")
async def test_a_silent_caller_has_rated_nothing_and_is_reminded_once(rig: Rig) -> None:
    """Silence is not satisfaction; a day later one text asks, and no second one ever."""
    call = rig.call()
    await call.enter(ENTRY)
    while not call.over:
        await call.stay_silent()

    rig.skip(hours=24, minutes=1)
    text = await rig.next_text()
    rig.skip(hours=24)
    await rig.quiet()

    assert rig.store.stored == {}
    assert text.to == CITIZEN
    assert "1非常满意" in text.body
    assert rig.twilio.sent == [text]


@pytest.mark.requirement("R-8")
async def test_no_reminder_after_a_rating_by_phone(rig: Rig) -> None:
    """Whoever has rated is left in peace."""
    call = rig.call()
    await call.enter(ENTRY)
    await call.press("3")
    await call.hang_up()

    rig.skip(hours=25)
    await rig.quiet()

    assert rig.twilio.sent == []


async def test_an_unsigned_or_altered_request_is_refused(rig: Rig) -> None:
    """403, and nothing is kept of it."""
    async with rig.http.post(rig.url + ENTRY, data={"CallSid": "CA1", "From": CITIZEN}) as answer:
        assert answer.status == 403
    async with rig.gateway.database.reading() as work:
        assert await work.calls.get("twilio:CA1") is None  # type: ignore[arg-type]  # a raw id


@pytest.mark.requirement("R-19")
async def test_an_unknown_agency_goes_to_the_bureau_and_a_withheld_number_still_rates(rig: Rig) -> None:
    """Nothing is dropped because somebody is unknown."""
    call = rig.call("anonymous")
    await call.enter("/twilio/voice/rating?agency_code=NOBODY&item_code=x")
    await call.press("5")
    await call.hang_up()

    (email,) = await rig.emails(1)

    bureau = rig.gateway.directory.bureau
    assert bureau is not None
    assert email.recipients == tuple(contact.email for contact in bureau.contacts)


async def test_every_rating_arrives_although_the_store_fails_now_and_then(rig: Rig) -> None:
    """Refused, dropped and slow answers are retried until each revision is stored, in order."""
    rig.store.script = cycle([Fault.BROKEN, None, Fault.DROPPED, Fault.ANSWER_LOST, None, Fault.BUSY])
    callers = [f"+86138001380{n:02d}" for n in range(12)]
    for number in callers:
        call = rig.call(number)
        await call.enter(f"/twilio/voice/rating?agency_code={AGENCY}&item_code=a")
        await call.press("1")
        await call.hang_up()

    await rig.stored(len(callers))

    assert len(rig.store.newest) == len(callers)
    rig.store.assert_consistent()


@pytest.mark.requirement("R-5")
@pytest.mark.requirement("R-6")
@pytest.mark.parametrize("link", [{"batch_id": "L"}, {"theme_id": "L"}])
async def test_a_call_about_one_of_a_batch_or_theme_rates_them_all(rig: Rig, link: dict[str, str]) -> None:
    """The caller is asked about the whole; a filing reported later gets its copy, nobody is reminded."""
    for number in (1, 2):
        await rig.register(f"L-{number}", **link)
    call = rig.call()
    await call.enter("/twilio/voice/rating?service_id=L-2")
    await call.press("2")
    await call.hang_up()
    await rig.stored(2)

    await rig.register("L-3", **link)
    documents = await rig.stored(3)
    rig.skip(hours=25)
    await rig.quiet()

    (rated,) = [d for d in documents.values() if d["applied_from"] is None]
    assert rated["service_id"] == "L-2"
    assert {d["level"] for d in documents.values()} == {"satisfied"}
    copies = {d["applied_from"] for d in documents.values()} - {None}
    assert copies == {rated["evaluation_id"]}
    assert rig.twilio.sent == []


@pytest.mark.parametrize("path", ["/twilio/voice/rating", "/twilio/sms/inbound", "/v1/services"])
async def test_an_oversized_body_is_refused_and_the_next_request_is_served(rig: Rig, path: str) -> None:
    """413 without reading it to its end, and nothing else suffers."""
    async with rig.http.post(rig.url + path, data=BytesIO(b"x" * 1_200_000)) as answer:
        assert answer.status in {401, 413}
        assert (answer.status == 401) == path.startswith("/v1")

    call = rig.call()
    await call.enter(ENTRY)
    assert not call.over
