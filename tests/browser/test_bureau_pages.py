"""The bureau's pages in Chromium, by keyboard as far as forms go: signing in with password and code."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from gateway.adapters.one_time_codes import TimeBasedCodes
from gateway.application.bureau.manage_people import Invited
from gateway.bootstrap.demonstration import RunningDemo
from gateway.bootstrap.keys import KEY_FILE
from gateway.bootstrap.officers import officers_desk
from gateway.domain.bureau.officers import Role
from tests.browser.accessibility import serious_findings
from tests.browser.visitor import NARROW

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD = "correct horse battery"


async def invitation(demo: RunningDemo, folder: Path) -> str:
    """The link that the operator's command prints."""
    config = folder / "gateway.toml"
    config.write_text(
        f'[server]\npublic_url = "{demo.url}"\n[database]\nurl = "sqlite:///{demo.folder}/gateway.db"\n'
    )
    key = folder / KEY_FILE
    key.parent.mkdir(parents=True)
    shutil.copy(demo.folder / "keys" / "privacy.key", key)
    async with officers_desk(config) as desk:
        invited = await desk.people.add(desk.doer, "zhang", "张三", Role.ADMINISTRATOR)
        assert isinstance(invited, Invited)
        return desk.link_of(invited)


async def code_of(demo: RunningDemo, secret: str, steps: int) -> str:
    """What an authenticator shows by the demonstration's clock, so many steps on."""
    headers = {"X-Demo-Token": demo.token}
    async with ClientSession(headers=headers) as http, http.get(f"{demo.url}/demo/state") as answer:
        now = datetime.fromisoformat((await answer.json())["now"])
    return TimeBasedCodes()._totp(secret).generate(int(now.timestamp()) + 30 * steps).decode()


async def test_an_officer_enrols_signs_in_and_finds_every_page_fits_a_telephone(
    demo: RunningDemo, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the link to the list and all other pages; none is too wide, none shuts anybody out."""
    monkeypatch.chdir(tmp_path)
    link = await invitation(demo, tmp_path)
    width, height = NARROW
    context = await browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "warning" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    await page.goto(link)
    assert await serious_findings(page) == []
    secret = (await page.locator("p.copy").inner_text()).replace(" ", "")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Tab")
    await page.keyboard.type(await code_of(demo, secret, -1))
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="登录").click()
    assert await serious_findings(page) == []
    await page.locator("#login").fill("zhang")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Tab")
    await page.keyboard.type(await code_of(demo, secret, 1))
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text("差评整改工单")
    for name in (
        "抽查",
        "反复差评",
        "异常线索",
        "统计",
        "单位",
        "人员",
        "登录与变更记录",
        "我的账号",
        "工单",
    ):
        await page.get_by_role("navigation").get_by_role("link", name=name, exact=True).click()
        await expect(page.locator("[aria-current=page]")).to_have_text(name)
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        assert await serious_findings(page) == [], name
        if name == "单位":
            await page.locator("tbody a").first.click()
            await expect(page.locator("#name")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            assert await serious_findings(page) == [], "an agency"
    await page.get_by_role("button", name="退出").click()
    await expect(page.locator("#login")).to_be_visible()
    await context.close()

    assert complaints == []
