"""Renews docs/images/follow-up-*.png from the demonstration: python -m docs.follow_up_screenshots."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, Page, expect

from gateway.bootstrap.demonstration import DemoWish, RunningDemo, running_demo
from tests.browser.agency_contact import AgencyContact
from tests.browser.test_emails import emails
from tests.browser.visitor import Visitor, chromium

IMAGES: Final = Path(__file__).parent / "images"
DESK: Final = (1280, 800)
ANSWER: Final = "已增开两个窗口，等候不超过十分钟"


async def renew() -> None:
    """Picture every email, then play the loop and picture its pages."""
    with TemporaryDirectory() as folder:
        wish = DemoWish(port=0, folder=Path(folder) / "demo")
        async with running_demo(wish) as demo, chromium() as browser:
            await _emails(browser)
            await _loop(browser, demo)


async def _emails(browser: Browser) -> None:
    page = await browser.new_page(viewport={"width": 680, "height": 600})
    for name, email in emails().items():
        await page.set_content(email.html)
        await _keep(page, f"email-{name.replace('_', '-')}")
    await page.close()


async def _loop(browser: Browser, demo: RunningDemo) -> None:
    async with Visitor.opening(browser, demo.page_url, DESK) as visitor:
        await visitor.rates_badly()
        await visitor.leave_message()
        await visitor.hears("谢谢您")
        desk = await visitor.open_follow_up()
        await _keep(desk, "opened")
        await desk.get_by_role("button", name="收听留言").click()
        await _keep(desk, "player")
        await _handle(AgencyContact(desk))
        thread = visitor.page.locator("#thread")
        await expect(thread).to_contain_text(ANSWER)
        await visitor.text("R1 谢谢")
        await expect(thread).to_contain_text("感谢您的回复")
        await desk.reload()
        await _keep(desk, "answered")
        await visitor.page.screenshot(path=IMAGES / "follow-up-handset.png", animations="disabled")


async def _handle(contact: AgencyContact) -> None:
    await contact.take_on()
    await contact.call_back("群众反映只开了一个窗口")
    await contact.judge("true", "情况属实，当天窗口人手不足")
    await contact.preview("增开两个窗口", ANSWER)
    await _keep(contact.page, "preview")
    await contact.approve()


async def _keep(page: Page, name: str) -> None:
    path = IMAGES / f"follow-up-{name}.png"
    await page.screenshot(path=path, animations="disabled", full_page=True)
    print(path, path.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    asyncio.run(renew())
