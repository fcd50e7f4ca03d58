"""Renews docs/images/follow-up-*.png from the demonstration: python -m docs.follow_up_screenshots."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, Page, expect

from gateway.bootstrap.demonstration import DemoWish, RunningDemo, running_demo
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
        await visitor.call()
        await visitor.press("4")
        await visitor.hears("再评价工作人员")
        await visitor.press("1")
        await visitor.hears("哪里不满意")
        await visitor.press("1")
        await visitor.hang_up()
        await visitor.look_at("mails")
        email = visitor.page.frame_locator("#mail-view iframe")
        async with visitor.page.expect_popup() as opened:
            await email.get_by_role("link", name="打开工单办理").click()
        desk = await opened.value
        await _keep(desk, "opened")
        await _handle(desk)
        thread = visitor.page.locator("#thread")
        await expect(thread).to_contain_text(ANSWER)
        await visitor.text("R1 谢谢")
        await expect(thread).to_contain_text("感谢您的回复")
        await desk.reload()
        await _keep(desk, "answered")
        await visitor.page.screenshot(path=IMAGES / "follow-up-handset.png", animations="disabled")


async def _handle(desk: Page) -> None:
    await desk.get_by_role("button", name="签收").click()
    await desk.get_by_label("已联系上").check()
    await desk.locator("#call_back-words").fill("群众反映只开了一个窗口")
    await desk.get_by_role("button", name="登记回访").click()
    await desk.locator("input[name=verdict][value=true]").check()
    await desk.locator("#judge-reasons").fill("情况属实，当天窗口人手不足")
    await desk.get_by_role("button", name="提交结论").click()
    await desk.locator("#rectify-words").fill("增开两个窗口")
    await desk.locator("#rectify-answer").fill(ANSWER)
    await desk.get_by_role("button", name="预览短信").click()
    await expect(desk.locator("#preview-text")).to_be_visible()
    await _keep(desk, "preview")
    await desk.get_by_role("button", name="确认，整改完成并发送").click()


async def _keep(page: Page, name: str) -> None:
    path = IMAGES / f"follow-up-{name}.png"
    await page.screenshot(path=path, animations="disabled", full_page=True)
    print(path, path.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    asyncio.run(renew())
