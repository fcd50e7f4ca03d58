"""Renews docs/images/demo-*.png from the demonstration itself: python -m docs.demo_screenshots."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, expect

from gateway.bootstrap.demonstration import DemoWish, RunningDemo, running_demo
from tests.browser.visitor import NARROW, Visitor, chromium

IMAGES: Final = Path(__file__).parent / "images"
DESK: Final = (1280, 800)


async def renew() -> None:
    """Play a short visit and keep four pictures of it."""
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        wish = DemoWish(port=0, folder=Path(folder) / "demo")
        async with running_demo(wish) as demo, chromium() as browser:
            await _visit(browser, demo)


async def _visit(browser: Browser, demo: RunningDemo) -> None:
    async with Visitor.opening(browser, demo.page_url, DESK) as visitor:
        await visitor.choose(3)
        await visitor.call()
        await visitor.press("2")
        await visitor.hears("再评价工作人员")
        await visitor.press("1")
        await expect(visitor.page.locator("#call")).to_be_visible(timeout=20_000)
        await visitor.choose(1)
        await visitor.call()
        await visitor.press("4")
        await visitor.hears("再评价工作人员")
        await visitor.listening()
        await _keep(visitor, "call")
        await visitor.press("2")
        await visitor.hears("哪里不满意")
        await visitor.press("1")
        await visitor.hears("留言请按1")
        await visitor.hang_up()
        await visitor.look_at("mails")
        frame = visitor.page.frame_locator("#mail-view iframe")
        await expect(frame.locator("body")).to_contain_text("等太久")
        await _keep(visitor, "email")
        await _unrated_call(visitor)
        await visitor.look_at("records")
        await _keep(visitor, "reminder")
    async with Visitor.opening(browser, demo.page_url, NARROW, sharpness=2) as visitor:
        await visitor.call()
        await _keep(visitor, "phone")


async def _unrated_call(visitor: Visitor) -> None:
    await visitor.call()
    await visitor.hang_up()
    await visitor.skip("24h")
    thread = visitor.page.locator("#thread")
    await expect(thread).to_contain_text("请回复数字评价")
    await visitor.text("还行吧但是等太久？")
    await expect(thread).to_contain_text("没有看懂您的回复")
    await visitor.text("5")
    await expect(thread).to_contain_text("感谢您的反馈")
    await expect(visitor.page.locator(".record .level").first).to_have_text("非常不满意")


async def _keep(visitor: Visitor, name: str) -> None:
    # The note about the skipped time goes by itself; receipts and animations have settled by then too.
    await expect(visitor.page.locator("#toast")).to_be_hidden(timeout=10_000)
    path = IMAGES / f"demo-{name}.png"
    await visitor.page.screenshot(path=path, animations="disabled")
    print(path, path.stat().st_size // 1000, "kB")


if __name__ == "__main__":
    asyncio.run(renew())
