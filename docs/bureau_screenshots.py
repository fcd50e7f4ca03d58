"""Renews docs/images/bureau-*.png from the demonstration itself: python -m docs.bureau_screenshots."""

from __future__ import annotations

import asyncio
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, Page, expect

from gateway.bootstrap.demonstration import DemoWish, RunningDemo, running_demo
from tests.browser.agency_contact import AgencyContact
from tests.browser.test_bureau_pages import invitation
from tests.browser.visitor import NARROW, Visitor, chromium

IMAGES: Final = Path(__file__).parent / "images"
DESK: Final = (1280, 800)
PAGES: Final = ("spot-checks", "repeats", "signals", "figures", "agencies", "people", "ledger", "account")


async def renew() -> None:
    """Rate a few services, and look at every page of the bureau's."""
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        wish = DemoWish(port=0, folder=Path(folder) / "demo")
        async with running_demo(wish) as demo, chromium() as browser:
            await _visit(browser, demo)
            with chdir(folder):
                link = await invitation(demo, Path(folder))
            await _come_in(browser, demo, link)


async def _visit(browser: Browser, demo: RunningDemo) -> None:
    async with Visitor.opening(browser, demo.page_url, DESK) as visitor:
        for person, key in ((1, "5"), (2, "4"), (3, "2")):
            await _rate(visitor, person, key)
        contact = AgencyContact(await visitor.open_follow_up())
        await contact.take_on()
        await contact.call_back("本人说按错了键")
        await contact.judge("mistaken", "本人确认按错")
        async with visitor.page.expect_popup() as entered:
            await visitor.page.locator("#bureau").click()
        page = await entered.value
        await expect(page.locator("tbody a").first).to_be_visible()
        await _keep(page, "list")
        await page.locator("tbody a").first.click()
        await expect(page.locator("h1")).to_be_visible()
        await _keep(page, "follow-up")
        for name in PAGES:
            await page.goto(f"{demo.url}/bureau/{name}")
            await _keep(page, name)
        await page.goto(f"{demo.url}/bureau/agencies/new")
        await _keep(page, "new-agency")
        await page.goto(f"{demo.url}/bureau/spot-checks")
        await page.locator("#month").fill(await page.evaluate("new Date().toISOString().slice(0, 7)"))
        await page.locator("#size").fill("1")
        await page.get_by_role("button", name="随机抽取").click()
        await expect(page.locator("tbody a").first).to_be_visible()
        await _keep(page, "sample")
        await page.goto(f"{demo.url}/bureau/agencies")
        await page.locator("tbody a").first.click()
        await page.locator("#contact-0-email").fill("duty@gongan.example")
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_role("status")).to_be_visible()
        await _keep(page, "agency")
        await page.emulate_media(color_scheme="dark")
        await page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
        await page.goto(f"{demo.url}/bureau/follow-ups")
        await _keep(page, "phone")


async def _come_in(browser: Browser, demo: RunningDemo, link: str) -> None:
    """What somebody sees who was invited, and who signs in."""
    page = await browser.new_page(viewport={"width": DESK[0], "height": DESK[1]}, locale="zh-CN")
    await page.goto(link)
    await _keep(page, "enrol")
    await page.goto(f"{demo.url}/bureau")
    await expect(page.locator("#login")).to_be_visible()
    await _keep(page, "sign-in")
    await page.close()


async def _rate(visitor: Visitor, person: int, key: str) -> None:
    await visitor.choose(person)
    await visitor.call()
    await visitor.press(key)
    await visitor.listening()
    await visitor.hang_up()


async def _keep(page: Page, name: str) -> None:
    path = IMAGES / f"bureau-{name}.png"
    await page.screenshot(path=path, full_page=True, animations="disabled")
    print(path, path.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    asyncio.run(renew())
