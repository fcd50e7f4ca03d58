"""A demonstration at work and a browser to visit it with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from gateway.bootstrap.demonstration import DemoWish, RunningDemo, running_demo
from tests.browser.visitor import chromium

# Beside other tests on two cores a page may take long to show what it will show; only failing costs the time.
expect.set_options(timeout=60_000)


@pytest_asyncio.fixture(loop_scope="module")
async def demo(tmp_path: Path) -> AsyncIterator[RunningDemo]:
    """The whole system, on a free port, in a folder of its own."""
    async with running_demo(DemoWish(port=0, folder=tmp_path / "demo")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window, started once; each visitor has a window of their own."""
    async with chromium() as started:
        yield started
