"""The carrier tells how far a text got."""

from __future__ import annotations

import structlog

from gateway.application.essentials import Essentials
from gateway.application.outgoing_texts import sent_message
from gateway.application.ports.database import UnitOfWork
from gateway.application.ports.sms_carrier import AcceptedText
from gateway.application.tell_citizen import TellOfResult
from gateway.domain.events import ReceiptArrived
from gateway.domain.outbox import TEXT_KINDS, OutboxState

log = structlog.get_logger()


class ReceiveDeliveryReceipt:
    """Keeps receipts, merged only forward; in any order, any number of times.

    One that names our reference proves by itself that the carrier took the text, also where the answer
    to the sending was lost.
    """

    def __init__(self, essentials: Essentials, tell: TellOfResult | None = None) -> None:
        self._tell = tell
        self._database = essentials.database
        self._clock = essentials.clock
        self._metrics = essentials.metrics

    async def __call__(self, event: ReceiptArrived) -> None:
        """Keep one receipt."""
        async with self._database.transaction() as work:
            await work.messages.keep_receipt(
                event.provider, event.provider_message_id, event.status, event.error_code, self._clock.now()
            )
            if event.reference:
                await self._prove(work, event)
        self._metrics.receipt_arrived(provider=event.provider, status=event.status.value, way="webhook")

    async def _prove(self, work: UnitOfWork, event: ReceiptArrived) -> None:
        """Settle what is not settled; mostly the answer to the sending was faster, and nothing is left."""
        for kind in TEXT_KINDS:
            proven = await work.outbox.prove(kind, event.reference, self._clock.now())
            if proven is not None:
                break
        else:
            return
        entry, tried = proven
        accepted = AcceptedText(event.provider_message_id, tried.line)
        await work.messages.add_sent([sent_message(entry, event.provider, accepted, tried.begun_at)])
        if self._tell is not None:
            await self._tell.settled(work, [entry], OutboxState.DONE, self._clock.now())
        log.info("text_proven_by_receipt", key=entry.key, carrier=event.provider)
