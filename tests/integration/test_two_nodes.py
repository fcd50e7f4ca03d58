"""Two nodes at the same people's rows at once, on PostgreSQL: nobody waits for good or overlooks another."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database import engine
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.postgresql_sessions import socket_of
from gateway.adapters.database.tables import outbox
from gateway.adapters.documents.service_documents import ServiceDocuments
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.essentials import Essentials
from gateway.application.queue_text import QueueText
from gateway.application.register_service import Registration
from gateway.application.send_reminders import SendReminders
from gateway.bootstrap.folders import data_folder
from gateway.domain.errors import Unavailable
from gateway.domain.ids import EvaluationId, InvitationId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language
from gateway.domain.outbox import OutboxKind
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.conftest import AGENCY, TOKEN, Rig, open_rig, somebody_waits_or
from tests.integration.follow_up_cases import MISTAKEN, open_office

PATIENCE = 60
CITIZEN = PhoneNumber("+8613800138000")


@pytest.fixture
async def shared(
    postgres_database_url: str, personal_data: PersonalDataCipher, wakeups: InProcessWakeups
) -> AsyncIterator[SqlDatabase]:
    """A database that both nodes use."""
    database = open_database(postgres_database_url, personal_data, wakeups)
    await upgrade(database)
    try:
        yield database
    finally:
        await database.close()


def waiting(name: str, created_at: datetime) -> Invitation:
    """An invitation of the citizen whose reminder is due."""
    return Invitation(
        invitation_id=InvitationId(name),
        occasion=f"visit:{name}:1",
        phone=CITIZEN,
        language=Language.CHINESE,
        timezone="Asia/Shanghai",
        item_name=name,
        lead_service_id=ServiceId(name),
        lead_visit_no=1,
        created_at=created_at,
        completed_at=created_at,
        reminder=ReminderState.WAITING,
        remind_at=created_at,
    )


async def test_a_text_and_a_receipt_of_one_person_never_wait_for_each_other(
    shared: SqlDatabase, clock: MovableClock
) -> None:
    """A citizen's invitations are locked in the order in which everybody locks them."""
    now = clock.now()
    first, last = waiting("a", now), waiting("z", now + timedelta(seconds=1))
    async with shared.transaction() as work:
        for invitation in (first, last):
            await work.invitations.add(invitation)

    async def text_arrives() -> list[Invitation]:
        async with shared.transaction() as work:
            return await work.invitations.of_phone(CITIZEN, 20)

    async with asyncio.timeout(PATIENCE):
        async with shared.transaction() as work:
            await work.invitations.lock([first.invitation_id])
            arriving = asyncio.create_task(text_arrives())
            await somebody_waits_or(shared, arriving)
            await work.invitations.lock([last.invitation_id])
        found = await arriving

    assert [i.invitation_id for i in found] == ["z", "a"], "newest first"


async def test_two_judges_give_one_person_two_letters(shared: SqlDatabase, clock: MovableClock) -> None:
    """Reminders that fall due together are told apart, though two workers judge them at once."""
    now = clock.now()
    essentials = Essentials(shared, clock, Rules(), Metrics())
    judge = SendReminders(essentials, QueueText(JinjaMessageTexts(data_folder("sms_templates"), "x")))
    async with shared.transaction() as work:
        for name in ("a", "b"):
            await work.invitations.add(waiting(name, now - timedelta(minutes=1)))

    async with asyncio.timeout(PATIENCE):
        async with shared.transaction() as work:
            (mine,) = await work.invitations.due_reminders(now, 1)
            other = asyncio.create_task(judge())
            await somebody_waits_or(shared, other)
            queued = replace(mine, reminder=ReminderState.QUEUED, remind_at=None, texted_at=now)
            await work.invitations.update([queued])
        assert await other == 1

    async with shared.reading() as work:
        (theirs,) = [
            i
            for i in await work.invitations.texted_and_unrated([CITIZEN], now)
            if i.invitation_id != mine.invitation_id
        ]
    assert theirs.letter == "A"


async def test_a_node_that_vanishes_amid_a_transaction_holds_nobody_up__regression(
    shared: SqlDatabase,
    clock: MovableClock,
    personal_data: PersonalDataCipher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server lets go of what it held; who only stood still is refused, and then goes on."""
    now = clock.now()
    async with shared.transaction() as work:
        await work.invitations.add(waiting("a", now))
    url = shared.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setattr(engine, "IDLE_SECONDS", 0.3)
    vanished = open_database(url, personal_data, InProcessWakeups())

    async with asyncio.timeout(PATIENCE):
        with pytest.raises(Unavailable, match=r"did not answer: InterfaceError|stood still"):
            async with vanished.transaction() as work:
                await work.invitations.due_reminders(now, 9)
                async with shared.transaction() as other:
                    judged = await other.invitations.due_reminders(now, 9)
                await work.invitations.due_reminders(now, 9)
        async with vanished.transaction() as work:
            judged_again = await work.invitations.due_reminders(now, 9)
    await vanished.close()

    assert [each.invitation_id for each in judged] == ["a"]
    assert judged_again == judged


@pytest.fixture
async def postgres_rig(postgres_database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Rig]:
    """One node; the other is the test itself, in a transaction of its own."""
    async with open_rig(postgres_database_url, tmp_path, clock) as rig:
        yield rig


async def test_long_work_holds_up_no_document_and_no_readiness__regression(postgres_rig: Rig) -> None:
    """Its connections are all taken, by something that never ends: the shelf and `/readyz` need none."""
    database = postgres_rig.gateway.database
    with pytest.raises(Unavailable):
        async with database.transaction():
            raise Unavailable("what makes `ping` try to write")

    async with database.engine.connect(), database.engine.connect(), asyncio.timeout(PATIENCE / 2):
        stored = await postgres_rig.gateway.shelf.put(EvaluationId("e"), 1, {})
        await database.ping()

    assert stored


async def test_a_server_that_vanished_is_noticed_however_long_it_is_waited_for__regression(
    shared: SqlDatabase,
) -> None:
    """The kernel asks whether the other side lives, on each socket of ours, and the server on its own."""
    for pool in (shared.engine, shared.reading_engine):
        async with pool.connect() as connection:
            way = socket_of((await connection.get_raw_connection()).driver_connection)
            assert way.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert way.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
            assert (await connection.execute(text("SHOW tcp_user_timeout"))).scalar_one() == "20000"


async def amid_its_report(rig: Rig, happens: Callable[[], Awaitable[object]]) -> None:
    """Let something happen to service S-9 while another node is completing it."""
    report = ServiceDocuments(rig.gateway.phones).parse(
        {
            "service_id": "S-9",
            "kind": "window",
            "phone": CITIZEN.reveal(),
            "agency_code": AGENCY,
            "item": {"code": "4415000001", "name": "居民身份证换领"},
            "batch_id": "B-9",
            "completed_at": rig.clock.now().isoformat(),
        }
    )
    async with asyncio.timeout(PATIENCE):
        async with rig.gateway.database.transaction() as work:
            assert await rig.gateway.register.within(work, report) is Registration.COMPLETED
            happening = asyncio.ensure_future(happens())
            await somebody_waits_or(rig.gateway.database, happening)
        await happening


async def test_a_reason_given_amid_the_report_keeps_what_the_report_filled_in(postgres_rig: Rig) -> None:
    """Both revise the same evaluation: the newest revision in the core store has what either knew."""
    rig = postgres_rig
    call = rig.call()
    await call.enter("/twilio/voice/rating?service_id=S-9")
    await call.press("5")

    await amid_its_report(rig, lambda: call.press("1"))

    (document,) = (await rig.stored(3)).values()
    assert (document["agency_code"], document["comment"]) == (AGENCY, "等太久")


async def test_a_rating_elsewhere_amid_the_report_leaves_the_report_whole(postgres_rig: Rig) -> None:
    """What is learnt of a provisional service is not written over what its business system says."""
    rig = postgres_rig
    await rig.call().enter("/twilio/voice/rating?service_id=S-9")

    async def rated_elsewhere() -> None:
        document = {"service_id": "S-9", "subject": {"kind": "staff", "code": "1"}, "level": "satisfied"}
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with rig.http.post(f"{rig.url}/v1/evaluations", json=document, headers=headers) as answer:
            # The report knows of nobody who could be rated.
            assert answer.status == 409, await answer.text()

    await amid_its_report(rig, rated_elsewhere)

    async with rig.gateway.database.reading() as work:
        stored = await work.services.get(ServiceId("S-9"), 1)
    assert stored is not None
    assert (stored.service.provisional, stored.service.agency_code) == (False, AGENCY)


async def test_a_key_pressed_amid_the_report_rates(postgres_rig: Rig) -> None:
    """The service moves to its batch between the look at the call and the rating."""
    rig = postgres_rig
    call = rig.call()
    await call.enter("/twilio/voice/rating?service_id=S-9")

    await amid_its_report(rig, lambda: call.press("2"))

    (document,) = (await rig.stored(1)).values()
    assert (document["agency_code"], document["level_code"]) == (AGENCY, 2)


@pytest.mark.requirement("R-12")
async def test_a_verdict_amid_a_reason_keeps_both__regression(
    shared: SqlDatabase, clock: MovableClock
) -> None:
    """Both revise the same evaluation: the core store is owed two revisions, and the last has either."""
    office = open_office(shared, clock)
    follow_up = await office.rated_badly()
    await office.do(follow_up, office.called_back())
    (rated,) = await office.evaluations()

    async with asyncio.timeout(PATIENCE):
        async with shared.transaction() as work:
            await work.invitations.hold([rated.invitation_id] if rated.invitation_id else [])
            judging = asyncio.create_task(office.do(follow_up, MISTAKEN))
            await somebody_waits_or(shared, judging)
            # As an additional rating would: neither may wait for what the other has.
            await work.follow_ups.lock(follow_up.follow_up_id)
            explained = replace(rated, reason_code="waiting", reason="等太久")
            await office.record.annotate(work, [explained], clock.now())
        await judging

    (newest,) = await office.evaluations()
    assert (newest.revision, newest.adopted, newest.reason) == (3, False, "等太久")
    async with shared.engine.connect() as connection:
        owed = await connection.execute(
            select(outbox.c.key).where(outbox.c.kind == OutboxKind.CORE_STORE.value)
        )
    assert set(owed.scalars()) == {f"{rated.evaluation_id}:{revision}" for revision in (1, 2, 3)}


async def test_a_letter_beyond_many_newer_invitations_is_found(
    shared: SqlDatabase, clock: MovableClock
) -> None:
    """What somebody was asked about goes before what they never heard of, however much of that there is."""
    now = clock.now()
    asked = replace(waiting("asked", now), remind_at=None, reminder=ReminderState.QUEUED, texted_at=now)
    async with shared.transaction() as work:
        await work.invitations.add(asked)
        for number in range(5):
            await work.invitations.add(waiting(f"n{number}", now + timedelta(minutes=number + 1)))
        found = await work.invitations.of_phone(CITIZEN, 3)

    assert "asked" in {i.invitation_id for i in found}
