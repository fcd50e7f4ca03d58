"""The closed loop in a browser, with real mail servers: from a bad rating to the citizen's answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from gateway.adapters.clock import MovableClock
from gateway.domain.handling.acts import AnswerOfCitizen, Comment, TellCitizen
from gateway.domain.ids import FollowUpId
from tests.browser.accessibility import serious_findings
from tests.browser.agency_contact import AgencyContact
from tests.browser.visitor import NARROW, WIDE
from tests.integration.agency_desk import acts, page_in
from tests.integration.bureau.officer_desk import officer
from tests.integration.conftest import AGENCY, CITIZEN, Rig, open_rig, until
from tests.integration.mornings import morning
from tests.peers.imap_server import ImapServer, imap_server
from tests.peers.returning_mail import reply
from tests.peers.smtp_server import ReceivedEmail

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTRY = f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=4415000001"
ANSWER = "已增开两个窗口，等候不超过十分钟"


@asynccontextmanager
async def opened(folder: Path, clock: MovableClock) -> AsyncIterator[tuple[Rig, ImapServer]]:
    """The gateway between its peers, and the mailbox that replies come to."""
    with imap_server() as mailbox:
        url = f"sqlite:///{folder / 'gateway.db'}"
        async with open_rig(url, folder, clock, **mailbox.settings) as rig:
            yield rig, mailbox


async def rated_by_phone(rig: Rig) -> ReceivedEmail:
    """A caller presses 4, and a reason; the email to the agency."""
    call = rig.call()
    await call.enter(ENTRY)
    await call.press("4")
    await call.press("1")
    await call.hang_up()
    (email,) = await rig.emails(1)
    return email


async def put_right(page: Page) -> None:
    """Everything that an agency does on its page, with a look at each state of it."""
    contact = AgencyContact(page)
    await contact.take_on()
    await contact.call_back("群众反映只开了一个窗口")
    await contact.judge("true", "情况属实，当天窗口人手不足")
    await contact.preview("增开两个窗口", ANSWER)
    assert await serious_findings(page) == []
    await contact.approve()


async def closed_by_the_bureau(rig: Rig, browser: Browser, size: tuple[int, int]) -> None:
    """An officer finds the follow-up in the list, closes it, and draws it for a spot check."""
    async with officer(rig) as desk:
        token = next(cookie.value for cookie in desk.http.cookie_jar if cookie.key == "haochaping_session")
        context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        await context.add_cookies([{"name": "haochaping_session", "value": token, "url": rig.url}])
        page = await context.new_page()
        await page.goto(f"{rig.url}/bureau/follow-ups")
        assert await serious_findings(page) == []
        await page.locator("tbody a").first.click()
        await page.locator("#close-why").fill("处理妥当")
        assert await serious_findings(page) == []
        await page.get_by_role("button", name="办结").click()
        await expect(page.locator("header.top")).to_contain_text("已办结")
        await page.goto(f"{rig.url}/bureau/spot-checks")
        await page.get_by_role("button", name="随机抽取").click()
        await expect(page.locator("h1")).to_contain_text("抽查批次")
        assert await serious_findings(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await context.close()


@pytest.mark.requirement("R-11")
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_from_a_bad_rating_by_phone_to_a_follow_up_that_is_closed(
    browser: Browser, tmp_path: Path, clock: MovableClock, size: tuple[int, int]
) -> None:
    """Email, acknowledged, called back, true, rectified, texted, answered, closed; a reply on the way."""
    async with opened(tmp_path, clock) as (rig, mailbox):
        email = await rated_by_phone(rig)
        follow_up_id = FollowUpId(page_in(email).rsplit("/", 1)[1].split(".")[0])
        page = await browser.new_page(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        await page.goto(page_in(email))
        assert await serious_findings(page) == []
        mailbox.deliver(reply(str(email.message["Reply-To"]), "service@gongan.example", "今天就回访"))
        await put_right(page)
        text = await rig.next_text()

        async def is_told() -> bool:
            done = await acts(rig, follow_up_id)
            return any(isinstance(a, TellCitizen) for a in done) and any(isinstance(a, Comment) for a in done)

        await until(is_told)
        await rig.carrier.text_in(CITIZEN, "R1 谢谢")
        await rig.next_text()
        await closed_by_the_bureau(rig, browser, size)
        await page.reload()

        assert ANSWER in text.body
        assert any(
            act == AnswerOfCitizen(satisfied=True, words="谢谢") for act in await acts(rig, follow_up_id)
        )
        await expect(page.locator("header.top")).to_contain_text("已办结")
        for words in ("今天就回访", "评价人回复", "满意"):
            await expect(page.locator(".history")).to_contain_text(words)
        assert await serious_findings(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.close()


@pytest.mark.requirement("R-12")
async def test_a_malicious_rating_goes_to_the_bureau_and_out_of_the_core_store(
    browser: Browser, tmp_path: Path, clock: MovableClock
) -> None:
    """The verdict on the page; the bureau's email with the reasons; the correction at the store."""
    async with opened(tmp_path, clock) as (rig, _mailbox):
        page = await browser.new_page(locale="zh-CN")
        await page.goto(page_in(await rated_by_phone(rig)))
        contact = AgencyContact(page)
        await contact.call_back("对方承认没有办过此事")
        await contact.judge("malicious", "没有办件记录，对方承认")

        mails = await rig.emails(2)
        told = next(mail for mail in mails if mail.recipients == ("haochaping@bureau.example",))

        async def corrected() -> bool:
            return any(document["adopted"] is False for document in rig.store.newest.values())

        await until(corrected)
        body = told.message.get_body(("plain",))
        assert body is not None
        assert "没有办件记录" in body.get_content()
        await page.goto(page_in(told))
        assert await serious_findings(page) == []
        await page.close()


@pytest.mark.requirement("R-10")
async def test_an_ignored_one_comes_before_the_bureau(
    browser: Browser, tmp_path: Path, clock: MovableClock
) -> None:
    """Three mornings on, the bureau opens it from its own email, and sees what was missed."""
    async with opened(tmp_path, clock) as (rig, _mailbox):
        await rated_by_phone(rig)
        for day in (24, 25, 26):
            await morning(rig, day)
        told = next(
            mail
            for mail in rig.mail.inbox
            if mail.recipients == ("haochaping@bureau.example",) and "GD-" in str(mail.message["Subject"])
        )
        page = await browser.new_page(locale="zh-CN")
        await page.goto(page_in(told))

        await expect(page.locator("header.top")).to_contain_text("超期")
        assert "超期" in str(told.message["Subject"])
        assert await serious_findings(page) == []
        await page.close()
