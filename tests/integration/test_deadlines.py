"""A follow-up that nobody handles is heard of further and further up, on either database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.tables import outbox
from gateway.application.essentials import Essentials
from gateway.application.watch_deadlines import WatchDeadlines
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.handling.acts import InformBureau, Return
from gateway.domain.outbox import OutboxState
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.agency_desk import CONTACT, Desk, acts, at_desk, link, rated_badly
from tests.integration.conftest import Rig, until
from tests.integration.follow_up_cases import BUREAU as OFFICER
from tests.integration.follow_up_cases import MISTAKEN, open_office
from tests.integration.mornings import morning
from tests.peers.smtp_server import ReceivedEmail

HEAD = "head@gongan.example"
BUREAU = "haochaping@bureau.example"


def alarms(mails: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those about one follow-up, without the lists; who got them and what they say."""
    return sorted((to, subject.split(" ")[1].split("：")[0]) for to, subject in mails if "GD-" in subject)


@pytest.mark.requirement("R-10")
@pytest.mark.requirement("R-13")
async def test_an_ignored_follow_up_escalates_through_days_to_the_bureau(rig: Rig) -> None:
    """Its contact is reminded, then its head told, then the bureau; each once, then only by the list."""
    await rated_badly(rig)
    await rig.emails(1)
    assert rig.clock.now().astimezone(rig.gateway.essentials.rules.timezone).day == 23

    days = {day: await morning(rig, day) for day in (24, 25, 26, 27)}

    assert alarms(days[24]) == [("service@gongan.example", "提醒")]
    assert alarms(days[25]) == [(HEAD, "超期")]
    assert alarms(days[26]) == [(BUREAU, "超期")]
    assert alarms(days[27]) == []
    lists = [to for to, subject in days[27] if "每日清单" in subject]
    assert sorted(lists) == [BUREAU, "service@gongan.example"]
    assert any("1 张超期" in subject for _, subject in days[27])


async def test_emails_of_one_follow_up_are_one_thread(rig: Rig) -> None:
    """By References and In-Reply-To, with the deadline as a file for calendars."""
    await rated_badly(rig)
    (opening,) = await rig.emails(1)
    await morning(rig, 24)

    (reminder,) = [email for email in rig.mail.inbox if "提醒" in str(email.message["Subject"])]
    assert str(reminder.message["In-Reply-To"]) == str(opening.message["Message-ID"])
    assert str(opening.message["References"]) in str(reminder.message["References"])
    assert [calendar_of(email) for email in (opening, reminder)] == ["deadline.ics"] * 2


def calendar_of(email: ReceivedEmail) -> str | None:
    """The name of the calendar file that came with an email."""
    return next(
        (p.get_filename() for p in email.message.walk() if p.get_content_type() == "text/calendar"), None
    )


@pytest.mark.requirement("R-11")
async def test_what_is_done_in_time_alarms_nobody(rig: Rig) -> None:
    """The next duty has a deadline of its own; once closed, nothing is listed any more."""
    desk = await at_desk(rig)
    await rig.emails(1)
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="true", reasons="窗口只开了一个")

    assert alarms(await morning(rig, 24)) == []
    assert alarms(await morning(rig, 25)) == []
    async with rig.gateway.database.reading() as work:
        next_at = await work.follow_ups.next_alarm_at()
    assert next_at is not None
    assert timedelta(days=10) < next_at - rig.clock.now() < timedelta(days=20)


async def test_an_alarm_overtaken_by_its_duty_is_dropped(rig: Rig) -> None:
    """Acknowledged while the reminder waited for a mail server: it is not sent."""
    follow_up_id = await rated_badly(rig)
    await rig.emails(1)
    # The list of the morning waits as well: which of the two is sent first, nobody can tell.
    rig.mail.content_answers = ["451 4.3.0 later"] * 2
    await morning(rig, 24)
    desk = Desk(rig, link(rig, follow_up_id, CONTACT))
    await desk.open()
    await desk.fill_in("acknowledge")

    rig.skip(minutes=5)
    await rig.quiet()

    assert not any(
        "提醒" in str(email.message["Subject"]) and "签收" in str(email.message["Subject"])
        for email in rig.mail.inbox
    )


@pytest.mark.requirement("R-12")
async def test_the_bureau_is_told_of_a_rating_that_is_not_adopted(rig: Rig) -> None:
    """With the reasons; that it was told is a step of the follow-up."""
    desk = await at_desk(rig)
    await rig.emails(1)
    await desk.open()
    await desk.call_back()
    await desk.fill_in("judge", verdict="mistaken", reasons="本人说按错了键")

    mails = await rig.emails(2)

    async def informed() -> bool:
        return any(isinstance(act, InformBureau) for act in await acts(rig, desk.follow_up_id))

    await until(informed)
    told = next(email for email in mails if email.recipients == (BUREAU,))
    body = told.message.get_body(("plain",))
    assert body is not None
    assert "本人说按错了键" in body.get_content()
    assert "已报送" in (await desk.open()).text


async def test_an_alarm_comes_once_though_nothing_tells_of_it_any_more(rig: Rig) -> None:
    """Settled entries go after `privacy.traces`; what was said to whom does not hang on them."""
    await rated_badly(rig)
    await rig.emails(1)

    said = []
    for day in (24, 25, 26, 27, 30):
        said += alarms(await morning(rig, day))
        async with rig.gateway.database.engine.begin() as connection:
            await connection.execute(delete(outbox).where(outbox.c.state == OutboxState.DONE))

    assert said == [("service@gongan.example", "提醒"), (HEAD, "超期"), (BUREAU, "超期")]


@pytest.mark.requirement("R-11")
@pytest.mark.requirement("R-13")
async def test_what_was_late_and_is_sent_back_raises_alarms_of_its_own__regression(
    database: SqlDatabase, clock: MovableClock
) -> None:
    """Everybody was told that its first deadline had passed: the second time nobody heard of it."""
    office = open_office(database, clock)
    watch = WatchDeadlines(Essentials(database, clock, Rules(), Metrics()), AgencyDirectory({}))
    follow_up = await office.rated_badly()
    await office.do(follow_up, office.called_back())
    clock.advance(timedelta(days=30))
    await watch()
    await office.do(follow_up, MISTAKEN)
    back = Return("没有听到评价人的意见", clock.now() + timedelta(days=3))
    await office.do(follow_up, back, actor=OFFICER)
    await office.do(follow_up, office.called_back())
    await watch()
    before = await escalations(database)

    clock.advance(timedelta(days=10))
    await watch()

    assert (before, await escalations(database)) == (1, 2)


async def escalations(database: SqlDatabase) -> int:
    """How many emails are owed that tell of something late."""
    async with database.reading_engine.connect() as connection:
        payloads = await connection.execute(select(outbox.c.payload))
        return sum(payload.get("letter") == "escalation" for payload in payloads.scalars())
