"""Twilio's lists, which come page by page: read no further than is worth it, and never without end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from gateway.domain.errors import DeliveryFailed, FailureFacts

if TYPE_CHECKING:
    from twilio.base.page import Page

MOST_PAGES: Final = 40
"""Pages may be empty, and still name a next one."""
_LONGEST: Final = timedelta(minutes=1)


async def entries(first: Awaitable[Page], most: int, *, within: timedelta = _LONGEST) -> list[Any]:
    """The list's entries in Twilio's order (the newest first), at most so many.

    Raises:
        DeliveryFailed: the list has not ended after `MOST_PAGES`, or not `within` that time: nobody knows
            what is in it.

    """
    found: list[Any] = []
    with suppress(TimeoutError):
        async with asyncio.timeout(within.total_seconds()):
            page = await first
            for _ in range(MOST_PAGES):
                found += page
                following = await page.next_page_async() if len(found) < most else None
                if following is None:
                    return found[:most]
                page = following
    raise DeliveryFailed("Twilio's list does not end", FailureFacts("endless_list", retryable=True))
