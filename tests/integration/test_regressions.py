"""Defects that were found by reading the code, each guarded where citizens and agencies would have met it."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.faults import translated
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.tables import calls, follow_ups
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.providers.twilio.provider import STEP_PATH
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application import answer_call, provisional_service
from gateway.application.ports.database import StoredService, UnitOfWork
from gateway.domain.errors import AlreadyRecorded, Conflict, InvalidInput
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId, ServiceId
from gateway.domain.languages import Language
from tests.integration.conftest import AGENCY, CITIZEN, TOKEN, Rig
from tests.peers.twilio_server import Refuse

OTHER = "+8613900139000"
ENTRY = "/twilio/voice/rating"


async def report(rig: Rig, service_id: str, **changes: object) -> None:
    """The business system's report of a service that a call has made known."""
    document: dict[str, object] = {
        "service_id": service_id,
        "kind": "window",
        "phone": CITIZEN,
        "agency_code": AGENCY,
        "region_code": "441500",
        "item": {"code": "4415000001", "name": "居民身份证换领"},
        "staff": {"id": "0231", "name": "陈某"},
        "completed_at": rig.clock.now().isoformat(),
    } | changes
    async with rig.http.post(
        f"{rig.url}/v1/services", json=document, headers={"Authorization": f"Bearer {TOKEN}"}
    ) as answer:
        assert answer.status == 200, await answer.text()


async def test_a_character_that_no_database_keeps_costs_no_rating(rig: Rig) -> None:
    """U+0000 in a text reaches neither row nor document; the rating beside it does."""
    await rig.register("S-1")

    answer = await rig.carrier.text_in(CITIZEN, "4\0 等\0太久")
    answer.assert_received()

    (document,) = (await rig.stored(1)).values()
    assert (document["level_code"], document["comment"]) == (4, "等太久")
    assert document["raw_input"] == "4 等太久"


@pytest.mark.requirement("R-8")
async def test_a_service_reported_after_its_call_reminds_one_person_once(rig: Rig) -> None:
    """The report moves an unrated call's service into its batch: the offer made by the call is withdrawn."""
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-9")
    await call.hang_up()
    await report(rig, "S-9", batch_id="B-9")

    rig.skip(hours=24, minutes=1)
    await rig.next_text()
    await rig.quiet()

    assert [text.to for text in rig.twilio.sent] == [CITIZEN]


async def test_a_reply_to_an_offer_that_has_moved_rates_the_service(rig: Rig) -> None:
    """The reminder went out before the report came with its theme: the reply finds the service."""
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-9")
    await call.hang_up()
    rig.skip(hours=24, minutes=1)
    await rig.next_text()
    await report(rig, "S-9", theme_id="T-9", phone=OTHER)

    answer = await rig.carrier.text_in(CITIZEN, "4")
    answer.assert_received()
    await rig.quiet()
    (document,) = (await rig.stored(1)).values()

    assert (document["service_id"], document["level_code"]) == ("S-9", 4)
    assert [text.to for text in rig.twilio.sent] == [CITIZEN, CITIZEN], "reminder and thanks"


async def test_a_report_that_a_visit_is_not_finished_withdraws_the_reminder(rig: Rig) -> None:
    """Heard of by a call, reported as unfinished: nobody is asked about the item yet (R-3, R-8)."""
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-9")
    await call.hang_up()
    await report(rig, "S-9", completed_at=None)

    rig.skip(hours=25)
    await rig.quiet()

    assert rig.twilio.sent == []


@pytest.mark.requirement("R-9")
async def test_a_second_reply_rates_no_service_that_nobody_was_asked_about__regression(rig: Rig) -> None:
    """The thanks invite to rate once more: that rates the same service, and not one finished meanwhile."""
    await rig.register("S-1")
    rig.skip(hours=20)
    await rig.register("S-2", item={"code": "2", "name": "营业执照"})
    rig.skip(hours=4, minutes=1)
    await rig.next_text()

    await rig.carrier.text_in(CITIZEN, "1")
    assert "追加评价" in (await rig.next_text()).body
    await rig.carrier.text_in(CITIZEN, "5 想了想还是不满意，非常不满意")
    await rig.next_text()
    await rig.stored(2)

    rated = sorted((d["service_id"], d["sequence"], d["level_code"]) for d in rig.store.newest.values())
    assert rated == [("S-1", 1, 1), ("S-1", 2, 5)]
    rig.skip(hours=23)
    assert "营业执照" in (await rig.next_text()).body


async def test_a_reply_that_comes_twice_rates_one_service__regression(rig: Rig) -> None:
    """Nobody was asked yet; the second is there before the thanks for the first have left."""
    for number in ("1", "2"):
        await rig.register(f"S-{number}", item={"code": number, "name": "营业执照"})

    for _ in range(2):
        await rig.carrier.text_in(CITIZEN, "5")
    await rig.quiet()

    assert {d["service_id"] for d in rig.store.newest.values()} == {"S-2"}


@pytest.mark.requirement("R-8")
async def test_a_reminder_that_never_left_takes_no_reply__regression(rig: Rig) -> None:
    """The later of two reminders is refused for good: a digit without a letter answers the one that came."""
    await rig.register("S-1")
    rig.skip(hours=3)
    await rig.register("S-2", item={"code": "2", "name": "营业执照"})
    rig.skip(hours=21, minutes=1)
    assert "居民身份证换领" in (await rig.next_text()).body
    rig.twilio.troubles.append(Refuse(400, 21211))
    rig.skip(hours=3)
    await rig.quiet()

    await rig.carrier.text_in(CITIZEN, "5 态度太差")
    await rig.quiet()

    assert {d["service_id"] for d in rig.store.newest.values()} == {"S-1"}


async def test_a_reminder_speaks_of_what_the_report_named(rig: Rig) -> None:
    """A call knew only the case number; the reminder has the item's name from the report."""
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-9")
    await call.hang_up()
    await report(rig, "S-9")

    rig.skip(hours=24, minutes=1)

    assert "居民身份证换领" in (await rig.next_text()).body


async def test_a_rating_of_a_person_stays_with_that_person(rig: Rig) -> None:
    """The call named who was rated; a report that names a colleague does not put the rating on them."""
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-9&staff_id=0999&staff_name=x")
    for key in ("1", "5"):
        await call.press(key)
    await call.hang_up()
    await report(rig, "S-9")
    await rig.quiet()

    rated = {d["subject"]["kind"]: d["subject"]["code"] for d in rig.store.newest.values()}
    assert rated == {"item": "4415000001", "staff": "0999"}


async def test_a_call_reported_as_over_before_its_key_arrives_is_a_rated_call(rig: Rig) -> None:
    """The status callback overtakes the last key: the call counts as what it was."""
    await rig.register("S-1", staff=None)
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-1")
    await call.report("completed")
    await call.press("1")
    await rig.stored(1)

    async with rig.gateway.database.reading_engine.connect() as connection:
        ending = (await connection.execute(select(calls.c.ending))).scalar_one()
    assert ending.value == "rated"


@pytest.mark.requirement("R-5")
async def test_a_second_visit_may_join_a_rated_batch_after_its_item_was_rated(rig: Rig) -> None:
    """The item was rated on the first visit: the batch's copy gives way, and the report is kept."""
    await rig.register("S-1")
    await rig.carrier.text_in(CITIZEN, "1")
    await rig.register("S-2", batch_id="B-1")
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-2")
    await call.press("5")
    await call.hang_up()
    await rig.stored(2)

    await rig.register("S-1", batch_id="B-1", visit_no=2)
    await rig.quiet()

    assert {d["service_id"]: d["level_code"] for d in rig.store.newest.values()} == {"S-1": 1, "S-2": 5}


async def test_over_long_fields_of_a_call_are_refused_by_name(rig: Rig) -> None:
    """What no column holds is told to the one who configured it, on both databases alike."""
    for name, longest in (("agency_code", 32), ("region_code", 16), ("service_id", 64), ("item_code", 64)):
        call = rig.call()
        await call.enter(f"{ENTRY}?{name}={'9' * (longest + 1)}")
        assert call.failure is not None, name
        assert (call.failure.status, name in call.failure.body) == (400, True), call.failure


async def test_the_longest_call_id_is_kept(rig: Rig) -> None:
    """A carrier's id as long as we take it makes a service of its own."""
    longer = rig.carrier.call(CITIZEN, call_sid="C" * 49, status_callback="")
    await longer.enter(ENTRY)
    assert longer.failure is not None
    assert longer.failure.status == 400

    call = rig.carrier.call(CITIZEN, call_sid="C" * 48)
    await call.enter(ENTRY)
    await call.press("1")
    await rig.stored(1)


async def test_a_number_and_its_words_stand_in_no_database_error(rig: Rig) -> None:
    """A statement that fails is logged without the values it was given (R-18)."""
    secret = "等太久 13800138000"
    for engine in (rig.gateway.database.engine, rig.gateway.database.reading_engine):
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError) as failure:
                await connection.execute(text("SELECT x FROM nowhere WHERE y = :secret"), {"secret": secret})
        assert secret not in str(failure.value)


@pytest.mark.parametrize("words", ["a\0b", "a\ud800b"])
async def test_what_postgresql_cannot_keep_is_the_senders_fault(
    postgres_database_url: str, personal_data: PersonalDataCipher, wakeups: InProcessWakeups, words: str
) -> None:
    """No 503, at which a sender would try the same for ever."""
    database = open_database(postgres_database_url, personal_data, wakeups)
    await upgrade(database)
    try:
        with pytest.raises(InvalidInput):
            async with database.transaction() as work:
                await work.services.visits(ServiceId(words))
    finally:
        await database.close()


async def test_of_two_transactions_in_each_others_way_one_looks_again(
    postgres_database_url: str, personal_data: PersonalDataCipher, wakeups: InProcessWakeups
) -> None:
    """PostgreSQL undoes one of two that wait for each other; that is no failure of the database."""
    database = open_database(postgres_database_url, personal_data, wakeups)
    met = asyncio.Barrier(2)

    async def lock(*numbers: int) -> str:
        try:
            async with database.engine.begin() as connection:
                for number in numbers:
                    await connection.execute(text(f"SELECT pg_advisory_xact_lock({number})"))
                    if number == numbers[0]:
                        await met.wait()
        except DBAPIError:
            with pytest.raises(AlreadyRecorded), translated():
                raise
            return "undone"
        return "through"

    try:
        assert sorted(await asyncio.gather(lock(1, 2), lock(2, 1))) == ["through", "undone"]
    finally:
        await database.close()


async def test_a_report_that_comes_amid_a_calls_arrival_is_found(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call looks for its service, the report comes, the call keeps what it heard."""
    looked = 0

    async def find_visit(
        work: UnitOfWork, service_id: ServiceId, visit_no: int | None
    ) -> StoredService | None:
        nonlocal looked
        looked += 1
        return None if looked == 1 else await provisional_service.find_visit(work, service_id, visit_no)

    monkeypatch.setattr(answer_call, "find_visit", find_visit)
    await rig.register("S-1")
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-1")
    await call.press("2")

    (document,) = (await rig.stored(1)).values()
    assert (document["service_id"], document["agency_code"]) == ("S-1", AGENCY)


@pytest.mark.parametrize(
    "error",
    [AlreadyRecorded("twice in each other's way"), Conflict("of others"), LookupError("a fault of ours")],
)
async def test_whatever_happens_a_caller_hears_words_and_not_a_carriers_error(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Where even the second look was in vain, or we are at fault, the answer is TwiML that says sorry."""

    async def lose(*_: object) -> None:
        raise error

    monkeypatch.setattr(answer_call, "find_visit", lose)
    call = rig.call()
    await call.enter(ENTRY)

    assert call.failure is not None
    assert (call.failure.status, call.failure.content_type) == (503, "text/xml")


@pytest.mark.requirement("R-6")
@pytest.mark.requirement("R-10")
async def test_an_agency_whose_item_is_reported_after_its_theme_was_rated_badly_hears_of_it(rig: Rig) -> None:
    """The overall rating applies to the late item: whoever handled that owes a call-back too, from now on."""
    await rig.register("S-1", theme_id="T-1")
    await rig.carrier.text_in(CITIZEN, "5 跑了三趟")
    await rig.emails(1)
    rig.skip(hours=72)

    await rig.register("S-2", theme_id="T-1", agency_code="99441500MB2C90123X")
    (_, email) = await rig.emails(2)
    await rig.register("S-3", theme_id="T-1", agency_code="99441500MB2C90123X")
    await rig.stored(3)
    await rig.quiet()

    body = email.message.get_body(("plain",))
    assert body is not None
    assert "跑了三趟" in body.get_content()
    assert len(rig.mail.inbox) == 2, "one for each agency"
    async with rig.gateway.database.reading_engine.connect() as connection:
        rows = (await connection.execute(select(follow_ups.c.agency_code, follow_ups.c.call_back_by))).all()
    assert len(rows) == 2
    late = next(row for row in rows if row.agency_code.startswith("99"))
    assert late.call_back_by > rig.clock.now()


@pytest.mark.requirement("R-10")
async def test_an_agency_that_the_report_names_after_a_bad_rating_hears_of_it(rig: Rig) -> None:
    """The call did not say whose service it was, so the bureau was told; the agency is, once it is known."""
    call = rig.call()
    await call.enter(f"{ENTRY}?service_id=S-9")
    await call.press("5")
    await call.press("1")
    await call.hang_up()
    await rig.emails(1)
    await report(rig, "S-9")
    (to_bureau, to_agency) = await rig.emails(2)
    await rig.quiet()

    assert len(rig.mail.inbox) == 2
    assert to_bureau.recipients != to_agency.recipients
    body = to_agency.message.get_body(("plain",))
    assert body is not None
    assert "等太久" in body.get_content()


async def test_a_call_whose_flow_a_deploy_took_away_is_thanked(rig: Rig) -> None:
    """Nothing is read into its key, and the caller hears no carrier's error."""
    call = rig.call()
    await call.enter(ENTRY)
    session = Session("of_yesterday", "1", "item", 1, Language.CHINESE)
    tokens = SignedStepTokens(rig.gateway.personal_data.subkeys("step tokens"))
    token = tokens.seal(CallId(f"twilio:{call.call_sid}"), session)

    await call.enter(f"{STEP_PATH}?t={token}", Digits="5")
    await rig.quiet()

    assert call.failure is None
    assert call.over
    assert not rig.store.stored
