"""The demo carrier's way back to the gateway: receipts, by HTTP, over the same route as any carrier's."""

from __future__ import annotations

import asyncio
from typing import Final

import aiohttp
import structlog

from gateway.adapters.providers.demo.provider import RECEIPT_PATH
from gateway.adapters.providers.demo.signature import HEADER

log = structlog.get_logger()

_WAITS: Final = (0.2, 1.0, 5.0)
"""Seconds before each repeat of a receipt that the gateway did not take."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10)


class ReceiptReporter:
    """Posts receipts to the gateway at `public_url` until it takes them, a few times at most."""

    def __init__(self, session: aiohttp.ClientSession, public_url: str, token: str) -> None:
        self._session = session
        self._url = public_url.rstrip("/") + RECEIPT_PATH
        self._headers = {HEADER: token}

    async def report(self, message_id: str, status: str) -> None:
        """Report how far a text got."""
        receipt = {"message_id": message_id, "status": status}
        for wait in (*_WAITS, None):
            if self._session.closed or await self._post(receipt):
                return
            if wait is not None:
                await asyncio.sleep(wait)
        log.warning("demo_receipt_lost", provider_message_id=message_id, status=status)

    async def _post(self, receipt: dict[str, str]) -> bool:
        try:
            async with self._session.post(
                self._url, json=receipt, headers=self._headers, timeout=_TIMEOUT
            ) as answer:
                return answer.ok
        except (aiohttp.ClientError, TimeoutError):
            return False
