"""Emails to agencies and what comes back of them, without any mail server, on either database."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar

from gateway.adapters.clock import MovableClock
from gateway.adapters.contact_links import SignedContactLinks
from gateway.adapters.database.engine import SqlDatabase
from gateway.application import receive_mail
from gateway.application.essentials import Essentials
from gateway.application.ports.database import MailOutcome
from gateway.application.write_digests import WriteDigests
from gateway.domain.agencies import Agency, AgencyDirectory, Contact, ContactRole
from gateway.domain.handling.acts import (
    Close,
    Comment,
    InformBureau,
    Judge,
    Overrule,
    Return,
    TellCitizen,
    Verdict,
    Way,
)
from gateway.domain.handling.letters import LetterKind
from gateway.domain.handling.progress import DeadlineKind
from gateway.domain.outbox import OutboxState
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.follow_up_cases import BUREAU as OFFICER
from tests.integration.follow_up_cases import MISTAKEN
from tests.integration.post_office import (
    BUREAU,
    CODE,
    DEPUTY,
    FIRST,
    GREYLISTED,
    HEAD,
    NO_MAILBOX,
    RECTIFIED,
    SECOND,
    TRUE,
    PostOffice,
    open_post_office,
)


@pytest.fixture
async def post(timed_database: SqlDatabase, clock: MovableClock) -> PostOffice:
    """Everything, on each database; nothing was sent yet."""
    return await open_post_office(timed_database, clock)


@pytest.mark.requirement("R-10")
async def test_who_is_greylisted_gets_it_later_and_nobody_gets_it_twice__regression(post: PostOffice) -> None:
    """That another has it is no reason to leave somebody out."""
    post.mailer.refusals = {SECOND.email: GREYLISTED}
    await post.deliver()
    assert post.mailer.readers == [FIRST.email]

    await post.deliver(minutes=1)
    post.mailer.refusals = {}
    await post.deliver(hours=1)

    assert post.mailer.readers == [FIRST.email, SECOND.email]
    assert len({email.message_id for email in post.mailer.sent}) == 2
    assert set((await post.states()).values()) == {OutboxState.DONE}


async def test_who_is_refused_after_all_keeps_nothing_waiting(post: PostOffice) -> None:
    """Nor does it go to the head: others have it."""
    post.mailer.refusals = {SECOND.email: GREYLISTED}
    await post.deliver()

    post.mailer.refusals = {SECOND.email: NO_MAILBOX}
    await post.deliver(hours=1)

    assert post.mailer.readers == [FIRST.email]
    assert sorted(state.value for state in (await post.states()).values()) == ["done", "dropped"]


@pytest.mark.requirement("R-12")
async def test_the_bureau_has_been_told_once_one_of_it_has(post: PostOffice) -> None:
    """It can go on at once, and the copy that is owed still is no second step."""
    await post.deliver()
    await post.office.do(post.follow_up, post.office.called_back(), MISTAKEN)
    post.mailer.refusals = {DEPUTY.email: GREYLISTED}
    await post.deliver()

    async def informed() -> int:
        async with post.office.database.reading() as work:
            history = await work.follow_ups.history(post.follow_up.follow_up_id)
        return sum(isinstance(kept.step.act, InformBureau) for kept in history)

    assert (post.mailer.readers[-1], await informed()) == (BUREAU.email, 1)
    post.mailer.refusals = {}
    await post.deliver(hours=1)
    assert (post.mailer.readers[-1], await informed()) == (DEPUTY.email, 1)


@pytest.mark.requirement("R-10")
async def test_two_mailboxes_that_fail_at_once_are_seen_by_each_other__regression(post: PostOffice) -> None:
    """On two nodes at the same moment: exactly one email goes to the head."""
    await post.deliver()

    await asyncio.gather(post.bounce(FIRST), post.bounce(SECOND))
    await post.deliver()

    assert post.mailer.readers[2:] == [HEAD.email]


async def test_a_heads_mailbox_alone_makes_no_agency_unreachable__regression(post: PostOffice) -> None:
    """The contacts read what they get; who is late is told of by the next in line."""
    await post.bounce(HEAD)
    await post.deliver()

    assert post.mailer.readers == [FIRST.email, SECOND.email]


async def test_who_is_known_to_be_gone_is_passed_over__regression(post: PostOffice) -> None:
    """The head's mailbox failed first: when the contacts' do, the bureau hears that nobody is reached."""
    for contact in (HEAD, FIRST, SECOND):
        await post.bounce(contact)
    await post.deliver()

    assert post.mailer.readers[-2:] == [BUREAU.email, DEPUTY.email]
    assert "联系不上承办单位" in post.mailer.sent[-1].subject
    assert HEAD.email not in post.mailer.readers


@pytest.mark.requirement("R-11")
async def test_what_is_written_later_reaches_somebody_too__regression(post: PostOffice) -> None:
    """The contacts' mailboxes are gone: what only they would get goes to the head as well."""
    await post.deliver()
    for contact in (FIRST, SECOND):
        await post.bounce(contact)
    await post.deliver()
    before = len(post.mailer.sent)

    await post.owe(LetterKind.TELL_BY_PHONE)
    await post.deliver()

    assert post.mailer.readers[before:] == [FIRST.email, SECOND.email, HEAD.email]


@pytest.mark.requirement("R-11")
async def test_nobody_is_asked_to_tell_who_knows(post: PostOffice) -> None:
    """The citizen was called before the email that asks for it got through."""
    await post.deliver()
    told = TellCitizen(Way.CALL, "已告知")
    await post.office.do(post.follow_up, post.office.called_back(), TRUE, RECTIFIED, told)
    await post.owe(LetterKind.TELL_BY_PHONE)
    await post.deliver()

    assert (await post.states())["test-tell_by_phone"] is OutboxState.DROPPED


async def test_nobody_is_written_to_about_what_is_closed(post: PostOffice) -> None:
    """A bounce that comes days later."""
    await post.deliver()
    put_right = (TRUE, RECTIFIED, TellCitizen(Way.CALL, "已告知"))
    await post.office.do(post.follow_up, post.office.called_back(), *put_right)
    await post.office.do(post.follow_up, Close("同意"), actor=OFFICER)

    for contact in (FIRST, SECOND):
        await post.bounce(contact)
    await post.deliver()

    assert post.mailer.readers == [FIRST.email, SECOND.email]


async def test_a_forged_address_hides_no_genuine_one__regression(post: PostOffice) -> None:
    """Whoever answers all passes on an old address as well; files are told of, for nobody reads them here."""
    genuine = post.addresses.seal(post.follow_up.follow_up_id, FIRST)
    outcome = await post.reply(FIRST, "已安排回访", genuine.replace("@", "a@"), files=2)

    async with post.office.database.reading() as work:
        (kept,) = await work.follow_ups.history(post.follow_up.follow_up_id)
    assert outcome is MailOutcome.COMMENT
    assert isinstance(kept.step.act, Comment)
    assert kept.step.act.words.startswith("已安排回访\n")
    assert "附件2个没有收录" in kept.step.act.words


async def test_links_open_as_long_as_there_is_something_to_do__regression(post: PostOffice) -> None:
    """Half a year late, the newest email still leads to the page."""
    await post.deliver()
    post.clock.advance(timedelta(days=200))
    await post.owe(LetterKind.ESCALATION, tier=1, duty=DeadlineKind.ACKNOWLEDGE)
    await post.deliver()

    (escalation,) = [email for email in post.mailer.sent if email.to == (HEAD.email,)]
    (page,) = [line for line in escalation.text.splitlines() if "https://" in line]
    link = SignedContactLinks([b"l" * 32]).open(page.strip().rpartition("/")[2])
    assert link.expires_at > post.clock.now()


@pytest.mark.requirement("R-13")
async def test_the_agency_hears_at_once_of_what_the_bureau_sends_back(post: PostOffice) -> None:
    """Why, and until when; no word of it once it is done, and none of what asks for nothing."""
    await post.deliver()
    await post.office.do(post.follow_up, post.office.called_back(), MISTAKEN)
    due_by = post.clock.now() + timedelta(days=7)
    await post.office.do(post.follow_up, Return("没有听到评价人的意见", due_by), actor=OFFICER)
    await post.deliver()

    returned = [email for email in post.mailer.sent if "数据局要求办理" in email.subject]
    assert [email.to for email in returned] == [(FIRST.email,), (SECOND.email,)]
    assert all("没有听到评价人的意见" in email.text and "回访评价人" in email.text for email in returned)
    assert returned[0].calendar

    await post.office.do(post.follow_up, post.office.called_back(), Judge(Verdict.TRUE, "属实"))
    await post.office.do(post.follow_up, Overrule(Verdict.MALICIOUS, "查无此事", due_by), actor=OFFICER)
    await post.deliver()
    assert sum("数据局要求办理" in email.subject for email in post.mailer.sent) == len(returned)


@pytest.mark.requirement("R-13")
async def test_a_deadline_that_moved_replaces_its_entry_in_calendars__regression(post: PostOffice) -> None:
    """Whichever way it moved: calendars keep what they have, unless what comes is of a greater SEQUENCE."""
    await post.deliver()
    for days in (20, 3, 3):
        await post.office.do(post.follow_up, post.office.called_back(), MISTAKEN)
        due_by = post.clock.now() + timedelta(days=days)
        await post.office.do(post.follow_up, Return("没有听到评价人的意见", due_by), actor=OFFICER)
        await post.deliver()

    files = [email.calendar for email in post.mailer.sent if email.calendar and email.to == (FIRST.email,)]
    entries = [Calendar.from_ical(file).events[0] for file in files]
    sequences = [int(str(entry["SEQUENCE"])) for entry in entries]
    assert len(entries) == 1 + 3
    assert len({str(entry["UID"]) for entry in entries}) == 1
    assert sequences == sorted(set(sequences))


@pytest.mark.requirement("R-10")
async def test_where_there_are_only_heads_the_first_gets_the_mornings_list(post: PostOffice) -> None:
    """Somebody of the agency does, and not every head."""
    deputy = Contact("副局长", "deputy@gongan.example", ContactRole.HEAD)
    heads = AgencyDirectory({CODE: Agency(CODE, "市公安局", "441500", (HEAD, deputy))})
    essentials = Essentials(post.office.database, post.clock, Rules(), Metrics())
    links = SignedContactLinks([b"l" * 32])
    in_the_morning = datetime(2026, 11, 24, 9, 30, tzinfo=essentials.rules.timezone)
    post.clock.advance(in_the_morning - post.clock.now())

    await WriteDigests(essentials, heads, links)()

    owed = [key for key in await post.states() if key.startswith("20261124")]
    assert owed == [f"20261124:{CODE}:{links.name_of(HEAD)}"]


async def test_nobody_fills_up_a_history_by_email(post: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gone wild, or a forged sender: beyond all reason it is kept aside, and never lost."""
    monkeypatch.setattr(receive_mail, "_MOST_STEPS", 1)

    outcomes = [await post.reply(FIRST, words) for words in ("已安排", "已回访")]

    assert outcomes == [MailOutcome.COMMENT, MailOutcome.ASIDE]
    async with post.office.database.reading() as work:
        (kept,) = await work.incoming_mails.aside(9)
    assert "已回访" in kept.words
