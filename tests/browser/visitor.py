"""A visitor of the demonstration's page, in Chromium."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import Browser, Locator, Page, Route, async_playwright, expect

WIDE: Final = (1440, 900)
NARROW: Final = (390, 844)
_FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_VIEWS: Final = ("phone", "handset", "records", "mails", "timeline")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's Chromium, without a window."""
    path = shutil.which("chromium")
    if path is None:
        raise LookupError("Chromium is missing; make servers installs it")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        await browser.close()


@dataclass
class Visitor:
    """What a visitor does and sees; complaints of the page and requests to elsewhere are kept."""

    page: Page
    narrow: bool
    complaints: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def opening(
        cls, browser: Browser, url: str, size: tuple[int, int] = WIDE, *, sharpness: float = 1
    ) -> AsyncIterator[Visitor]:
        """Open the printed address in a window of its own."""
        width, height = size
        context = await browser.new_context(
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            has_touch=size == NARROW,
            device_scale_factor=sharpness,
            locale="zh-CN",
        )
        page = await context.new_page()
        visitor = cls(page, size == NARROW)
        page.on(
            "console",
            lambda said: visitor.complaints.append(said.text) if said.type in {"error", "warning"} else None,
        )
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        await context.route("**/*", visitor._keep_at_home)
        await page.goto(url)
        await expect(page.locator("#keypad button")).to_have_count(12)
        yield visitor
        await context.close()

    async def look_at(self, view: str) -> Locator:
        """Go to a part of the page; the part."""
        if self.narrow:
            await self.page.locator("#views button").nth(_VIEWS.index(view)).click()
        elif view in {"records", "mails"}:
            await self.page.locator(f"#tab-{view}").click()
        return self.page.locator(f"[data-view-name={view}]")

    async def choose(self, person: int) -> None:
        """Be one of the citizens, counted from 1."""
        await self.look_at("phone")
        await self.page.locator("#people button").nth(person - 1).click()

    async def call(self) -> None:
        """Call, talk, and stay on the line when the agent hangs up."""
        await self.look_at("phone")
        await self.page.locator("#call").click()
        await self.page.locator("#agent-off").click()
        await self.listening()

    async def listening(self) -> None:
        """Wait until the telephone takes keys."""
        await expect(self.page.locator("#keypad.listening .offered").first).to_be_visible()

    async def press(self, digit: str) -> None:
        """Press a key on the screen as soon as it is taken."""
        await self.listening()
        await self.page.locator(f"#keypad [data-key='{digit}']").click()

    async def hears(self, words: str) -> None:
        """Wait until these words are among what is said, as a screen reader is told too."""
        await expect(self.page.locator("#screen-body")).to_contain_text(words)

    async def rates_badly(self, level: str = "4", reason: str = "1") -> None:
        """Call, rate the item so and the staff well, give a reason; the offer to leave a message is heard."""
        await self.call()
        await self.hears("请评价这次办事")
        await self.press(level)
        await self.hears("再评价工作人员")
        await self.press("1")
        await self.hears("哪里不满意")
        await self.press(reason)
        await self.hears("留言请按1")

    async def leave_message(self) -> None:
        """Say something, ended by #."""
        await self.press("1")
        await expect(self.page.locator("#waiting")).to_contain_text("正在留言")
        await self.page.keyboard.press("#")

    async def open_follow_up(self) -> Page:
        """The agency's page, by the link in the email."""
        await self.look_at("mails")
        email = self.page.frame_locator("#mail-view iframe")
        async with self.page.expect_popup() as opened:
            await email.get_by_role("link", name="打开工单办理").click()
        return await opened.value

    async def hang_up(self) -> None:
        """Hang up and see the call ended."""
        await self.page.locator("#hang-up").click()
        await expect(self.page.locator("#call")).to_be_visible()

    async def skip(self, name: str) -> None:
        """Skip time."""
        await self.page.locator(f"[data-skip='{name}']").click()

    async def text(self, words: str) -> None:
        """Type a text and send it."""
        await self.look_at("handset")
        await self.page.locator("#text").fill(words)
        await self.page.locator("#text").press("Enter")

    async def _keep_at_home(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in {"http", "https"} and url.hostname != "127.0.0.1":
            self.strays.append(route.request.url)
            await route.abort()
        else:
            await route.continue_()
