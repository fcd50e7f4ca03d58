"""What axe-core finds on a page; its script travels with the package, so nothing is loaded from elsewhere."""

from __future__ import annotations

from typing import Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

_SERIOUS: Final = frozenset({"serious", "critical"})


async def serious_findings(page: Page, within: str | None = None) -> list[str]:
    """Findings that keep somebody from using the page, or what a selector names of it: rule, and where."""
    results = await Axe().run(page, context=within)
    return [
        f"{found['id']}: {node['target']} {node.get('failureSummary', '')}"
        for found in results.response["violations"]
        if found["impact"] in _SERIOUS
        for node in found["nodes"]
    ]
