"""The carrier tells how far a text got."""

from __future__ import annotations

from gateway.application.essentials import Essentials
from gateway.domain.events import ReceiptArrived


class ReceiveDeliveryReceipt:
    """Keeps receipts, merged only forward; in any order, any number of times."""

    def __init__(self, essentials: Essentials) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._metrics = essentials.metrics

    async def __call__(self, event: ReceiptArrived) -> None:
        """Keep one receipt."""
        async with self._database.transaction() as work:
            await work.messages.keep_receipt(
                event.provider, event.provider_message_id, event.status, event.error_code, self._clock.now()
            )
        self._metrics.receipt_arrived(provider=event.provider, status=event.status.value)
