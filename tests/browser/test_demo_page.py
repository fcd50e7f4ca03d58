"""The demonstration's page as a visitor meets it, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from gateway.bootstrap.demonstration import RunningDemo
from tests.browser.accessibility import serious_findings
from tests.browser.agency_contact import AgencyContact
from tests.browser.visitor import NARROW, WIDE, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")
SOUGHT = """async sound => {
  const comes = name => new Promise((well, ill) => { sound["on" + name] = well; sound.onerror = ill })
  sound.preload = "auto"
  const known = comes("loadedmetadata")
  sound.load()
  await known
  const sought = comes("seeked")
  sound.currentTime = 1.5
  await sought
  return [sound.duration, sound.currentTime]
}"""
"""Goes to a place within a recording, as somebody does who moves the player's handle."""


@pytest_asyncio.fixture(params=[WIDE, NARROW], ids=["wide", "narrow"], loop_scope="module")
async def visitor(
    request: pytest.FixtureRequest, demo: RunningDemo, browser: Browser
) -> AsyncIterator[Visitor]:
    """A visitor who opened the printed address; in the end nothing was complained of, nothing left home."""
    async with Visitor.opening(browser, demo.page_url, request.param) as opened:
        yield opened
        assert opened.complaints == []
        assert opened.strays == []


@pytest.mark.requirement("R-10")
async def test_a_bad_rating_by_keypad_reaches_core_store_and_mailbox(visitor: Visitor) -> None:
    """Key 4 for the item, 1 for the staff, a reason: record, email, and no number in the email."""
    await visitor.rates_badly()
    await visitor.hang_up()
    await expect(visitor.page.locator("#screen-body")).to_contain_text("已评价")

    records = await visitor.look_at("records")
    await expect(records.locator(".record")).to_have_count(2)
    bad = records.locator(".record", has_text="居民身份证换领")
    await expect(bad.locator(".level")).to_have_text("不满意")
    await expect(bad.locator(".codes")).to_contain_text("4国标2平台3分值")
    await expect(bad).to_contain_text("等太久")

    await visitor.look_at("mails")
    email = visitor.page.frame_locator("#mail-view iframe").locator("body")
    await expect(email).to_contain_text("居民身份证换领")
    await expect(email).to_contain_text("等太久")
    assert "13800138001" not in await email.inner_text()


@pytest.mark.requirement("R-12")
async def test_the_agency_opens_the_email_and_finds_the_rating_mistaken(visitor: Visitor) -> None:
    """From the mailbox to the agency's page, by its forms alone; the core store takes the rating back."""
    await visitor.rates_badly("5")
    await visitor.hang_up()
    desk = await visitor.open_follow_up()

    await desk.get_by_role("button", name="查看联系电话").click()
    await expect(desk.locator(".number")).to_have_text("138 0013 8001")
    contact = AgencyContact(desk)
    await contact.call_back("本人说按错了键")
    await contact.judge("mistaken", "本人确认按错，应为非常满意")
    await expect(desk.locator(".history")).to_contain_text("本人说按错了键")
    await desk.close()

    records = await visitor.look_at("records")
    await expect(records.locator(".record", has_text="居民身份证换领")).to_contain_text("不予采纳")

    async with visitor.page.expect_popup() as entered:
        await visitor.page.locator("#bureau").click()
    bureau = await entered.value
    await bureau.get_by_role("link", name="居民身份证换领").first.click()
    await expect(bureau.locator(".history")).to_contain_text("报送数据局")
    assert await serious_findings(bureau) == []
    await bureau.get_by_label("审核意见").fill("核查属实，同意不予采纳")
    await bureau.get_by_role("button", name="办结", exact=True).click()
    await expect(bureau.locator("header.top")).to_contain_text("已办结")
    await expect(bureau.locator(".history")).to_contain_text("演示管理员（demo）")
    await bureau.close()


@pytest.mark.requirement("R-8")
async def test_silence_is_reminded_of_and_answered_by_text(visitor: Visitor) -> None:
    """A call without keys records nothing; 24 hours later comes the reminder, and 5 is very dissatisfied."""
    await visitor.call()
    await visitor.hang_up()
    await expect(visitor.page.locator("#screen-body")).to_contain_text("没有评价")
    await visitor.skip("24h")
    # The pointer is still on it, and its words are to be read all the same.
    assert await serious_findings(visitor.page, ".clock") == []

    thread = (await visitor.look_at("handset")).locator("#thread")
    await expect(thread).to_contain_text("请回复数字评价")
    await expect(thread).to_contain_text("已送达")
    await visitor.text("还行吧但是等太久？")
    await expect(thread).to_contain_text("没有看懂您的回复")
    await visitor.text("5")
    await expect(thread).to_contain_text("感谢您的反馈")
    await expect(thread.locator(".read").last).to_contain_text("读作评价")

    records = await visitor.look_at("records")
    await expect(records.locator(".record")).to_have_count(1)
    await expect(records.locator(".level")).to_have_text("非常不满意")
    await expect(records.locator(".where")).to_contain_text("短信")


@pytest.mark.requirement("R-6")
async def test_a_theme_is_rated_once_for_all_its_items(visitor: Visitor) -> None:
    """一件事: one key, three records, two of them marked as copies."""
    await visitor.choose(2)
    await visitor.call()
    await visitor.hears("请评价这一件事")
    await visitor.press("2")

    records = await visitor.look_at("records")
    await expect(records.locator(".record")).to_have_count(3)
    await expect(records.locator(".tag")).to_have_text(["同步", "同步"])


async def test_a_message_is_recorded_in_time_only_and_heard_on_the_agencys_page(visitor: Visitor) -> None:
    """The recording step counts seconds until # ends it, and the call goes on; a click opens the player."""
    await visitor.rates_badly("5", "5")
    await visitor.leave_message()
    await visitor.hears("谢谢您")
    desk = await visitor.open_follow_up()
    await desk.get_by_role("button", name="收听留言").click()
    sound = desk.locator("audio")
    length, place = await sound.evaluate(SOUGHT)
    assert (length, place) == (pytest.approx(2, abs=0.1), pytest.approx(1.5, abs=0.1))
    assert await serious_findings(desk) == []
    await desk.close()

    timeline = await visitor.look_at("timeline")
    await expect(timeline).to_contain_text("语音留言")


async def test_the_timeline_shows_the_way_of_a_key(visitor: Visitor) -> None:
    """Verified, parsed, judged, committed; then delivered."""
    await visitor.call()
    await visitor.press("2")

    timeline = await visitor.look_at("timeline")
    key = timeline.locator("li", has_text="按键 2")
    await expect(key.locator(".bar")).to_have_attribute("aria-label", "验证 → 解析 → 引擎 → 入库")
    delivered = timeline.locator("li", has_text="评价送入核心库")
    await expect(delivered.locator(".bar")).to_have_attribute("aria-label", "投递")


async def test_english_is_one_switch_away(visitor: Visitor) -> None:
    """The page speaks English, and an English citizen is asked in English."""
    await visitor.page.locator("#language").click()
    await expect(visitor.page.locator("html")).to_have_attribute("lang", "en")
    await expect(visitor.page.locator("h1")).to_have_text("Haochaping gateway")
    await visitor.choose(4)
    await visitor.call()
    await visitor.hears("How was this service?")
    await expect(visitor.page.locator("#spoken")).to_contain_text("press 1")
    await visitor.hang_up()
    await expect(visitor.page.locator("#screen-body")).to_contain_text("Not rated")


async def test_everything_fits_the_window(visitor: Visitor) -> None:
    """No part of the page is wider than the window, in either language."""
    for _ in range(2):
        await visitor.page.locator("#language").click()
        for view in ("phone", "handset", "records", "mails", "timeline"):
            await visitor.look_at(view)
            overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await visitor.page.evaluate(overhang) == 0, view


async def test_the_keyboard_is_enough(demo: RunningDemo, browser: Browser) -> None:
    """Enter calls and lets the agent hang up, digits rate, Escape hangs up, Tab reaches the handset."""
    async with Visitor.opening(browser, demo.page_url) as visitor:
        keyboard, page = visitor.page.keyboard, visitor.page
        await keyboard.press("Enter")
        await expect(page.locator("#agent-off")).to_be_visible()
        await keyboard.press("Enter")
        await visitor.listening()
        await keyboard.press("9")
        await visitor.hears("How was this service?")
        await keyboard.press("3")
        await expect(page.locator(".record .level")).to_have_text("基本满意")
        await keyboard.press("Escape")
        await expect(page.locator("#call")).to_be_visible()
        await page.locator("#hang-up").wait_for(state="hidden")

        await page.locator("#text").focus()
        await keyboard.type("TD 12")
        await expect(page.locator("#text")).to_have_value("TD 12")


async def test_without_the_printed_address_nothing_is_shown(demo: RunningDemo, browser: Browser) -> None:
    """A visitor without the token is told what to do; one who came once may come back."""
    context = await browser.new_context()
    page = await context.new_page()
    refused = await page.goto(f"{demo.url}/")
    assert refused is not None
    assert refused.status == 403
    await expect(page.locator("body")).to_contain_text("完整地址")

    await page.goto(demo.page_url)
    await expect(page).to_have_url(f"{demo.url}/demo/")
    await page.goto(f"{demo.url}/")
    await expect(page.locator("#keypad button")).to_have_count(12)
    await context.close()
