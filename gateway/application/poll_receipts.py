"""Receipts that never arrive: the carrier is asked how far its texts got."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.application.carrier_health import CarrierHealth
from gateway.application.essentials import Essentials
from gateway.application.ports.database import UnconfirmedText
from gateway.application.ports.sms_carrier import SmsCarrier, TextReport
from gateway.domain.errors import DeliveryFailed
from gateway.domain.receipts import DeliveryStatus, next_question_at

log = structlog.get_logger()

BATCH: Final = 200
"""Texts taken up in one transaction; bounds memory however many are unconfirmed."""
_AT_A_TIME: Final = 4
"""Questions under way at once: sending needs the carrier's requests more."""
_NO_RECEIPT: Final = "no_receipt"
"""Error code of a text whose fate was given up."""


class PollReceipts:
    """Asks about texts without a last receipt after `patience`, ever more seldom, and gives up in the end."""

    def __init__(self, essentials: Essentials, carriers: CarrierHealth, patience: timedelta) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._metrics = essentials.metrics
        self._carriers = carriers
        self._patience = patience

    async def __call__(self) -> int:
        """Take up all that is due; the number of texts asked about."""
        asked = 0
        while True:
            taken, texts = await self._take_up()
            asked += await self._ask_all(texts)
            if taken < BATCH:
                return asked

    async def _take_up(self) -> tuple[int, list[UnconfirmedText]]:
        """How many were due, and whom to ask about; the next question is set before the first is asked."""
        now = self._clock.now()
        async with self._database.transaction() as work:
            due = await work.messages.unconfirmed(now - self._patience, BATCH)
            final: list[UnconfirmedText] = []
            lost: list[UnconfirmedText] = []
            waiting: list[tuple[UnconfirmedText, datetime]] = []
            for text in due:
                if text.status is not None and text.status.is_final:
                    final.append(text)
                elif (next_at := next_question_at(text.sent_at, now, self._patience)) is None:
                    lost.append(text)
                else:
                    waiting.append((text, next_at))
            await work.messages.confirm([text.reference for text in (*final, *lost)])
            for text, next_at in waiting:
                await work.messages.await_receipt(text.reference, next_at - self._patience)
            for text in lost:
                await work.messages.keep_receipt(
                    text.provider, text.provider_message_id, DeliveryStatus.UNKNOWN, _NO_RECEIPT, now
                )
        for text in lost:
            self._metrics.receipt_missed(provider=text.provider)
            log.warning("receipt_never_came", key=text.reference, carrier=text.provider)
        return len(due), [text for text, _ in waiting]

    async def _ask_all(self, texts: Sequence[UnconfirmedText]) -> int:
        asked = 0
        for start in range(0, len(texts), _AT_A_TIME):
            few = texts[start : start + _AT_A_TIME]
            reports = await asyncio.gather(*(self._ask(text) for text in few))
            known = [(text, report) for text, report in zip(few, reports, strict=True) if report is not None]
            await self._keep(known)
            asked += len(known)
        return asked

    async def _ask(self, text: UnconfirmedText) -> TextReport | None:
        """What the carrier says; None when it does not tell, and is asked later again."""
        carrier: SmsCarrier | None = self._carriers.named(text.provider)
        if carrier is None or not carrier.can_be_asked:
            return None
        try:
            return await carrier.report(text.provider_message_id)
        except DeliveryFailed as failure:
            log.info("receipt_not_told", carrier=text.provider, code=failure.facts.code)
            return None

    async def _keep(self, reports: Sequence[tuple[UnconfirmedText, TextReport]]) -> None:
        if not reports:
            return
        now = self._clock.now()
        async with self._database.transaction() as work:
            for text, report in reports:
                await work.messages.keep_receipt(
                    text.provider, text.provider_message_id, report.status, report.error_code, now
                )
            final = [text.reference for text, report in reports if report.status.is_final]
            await work.messages.confirm(final)
        for text, report in reports:
            self._metrics.receipt_arrived(provider=text.provider, status=report.status.value, way="polled")
