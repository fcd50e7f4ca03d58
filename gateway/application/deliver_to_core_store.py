"""Delivering evaluations to the core store."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gateway.application.deliverer import Delivered, Deliverer, Result
from gateway.application.ports.core_store import CoreStore
from gateway.domain.outbox import ClaimedEntry
from gateway.domain.retry import RetryPolicy

_PATIENT: Final = RetryPolicy(
    first_wait=timedelta(seconds=1),
    longest_wait=timedelta(minutes=5),
    give_up_after=None,
    repeat_unknown=True,
)
"""A rating must reach the core store, however long it is away; the store deduplicates."""


class DeliverToCoreStore(Deliverer):
    """Puts documents."""

    repeats_are_harmless = True

    def __init__(self, core_store: CoreStore) -> None:
        self._core_store = core_store

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Put one revision of one evaluation."""
        await self._core_store.put(dict(claimed.entry.payload))
        return Delivered()

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:  # noqa: ARG002 - one policy for all documents
        """Never give up while the store is merely failing."""
        return _PATIENT
