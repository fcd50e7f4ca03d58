"""The core store: where every rating ends up."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.documents import Document


class CoreStore(Protocol):
    """Keeps normalised evaluations; idempotent on (evaluation_id, revision)."""

    async def put(self, document: Document) -> None:
        """Store one revision; returning means that the store has it.

        `document` is the native document of `domain.documents`; the adapter maps it to its profile.

        Raises:
            DeliveryFailed: with `retryable` for 429, 5xx, time-outs and refused connections,
                `retry_after` when the store named it; other 4xx are not retryable.

        """
        ...
