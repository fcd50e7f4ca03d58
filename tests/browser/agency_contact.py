"""A contact of an agency at work on its page, in Chromium."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.async_api import Page, expect


@dataclass(frozen=True)
class AgencyContact:
    """Fills in the page's forms, one after the other."""

    page: Page

    async def take_on(self) -> None:
        """签收."""
        await self.page.get_by_role("button", name="签收").click()
        await self.stands_at("待回访")

    async def call_back(self, words: str) -> None:
        """The citizen was reached, and said this."""
        await self.page.get_by_label("已联系上").check()
        await self.page.locator("#call_back-words").fill(words)
        await self.page.get_by_role("button", name="登记回访").click()
        await self.stands_at("待核实")

    async def judge(self, verdict: str, reasons: str) -> None:
        """`true`, `mistaken` or `malicious`, and why."""
        await self.page.locator(f"input[name=verdict][value={verdict}]").check()
        await self.page.locator("#judge-reasons").fill(reasons)
        await self.page.get_by_role("button", name="提交结论").click()
        # The bureau may have been told already by the time the page comes.
        await self.stands_at("整改中" if verdict == "true" else re.compile("不予采纳|已报送"))

    async def preview(self, words: str, answer: str) -> None:
        """What was put right, and the very text that the citizen will get."""
        await self.page.locator("#rectify-words").fill(words)
        await self.page.locator("#rectify-answer").fill(answer)
        await self.page.get_by_role("button", name="预览短信").click()
        await expect(self.page.locator("#preview-text")).to_contain_text(answer)

    async def approve(self) -> None:
        """Let it go."""
        await self.page.get_by_role("button", name="确认，整改完成并发送").click()
        await expect(self.page.locator(".history")).to_contain_text("整改完成")

    async def stands_at(self, state: str | re.Pattern[str]) -> None:
        """Wait until the page's head says so."""
        await expect(self.page.locator("header.top")).to_contain_text(state)
