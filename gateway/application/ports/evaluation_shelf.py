"""The embedded core store's shelf: every revision of every evaluation, kept as it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.documents import Document
from gateway.domain.ids import EvaluationId


@dataclass(frozen=True, slots=True, order=True)
class ShelfPlace:
    """Where a revision stands in the order of storing; pages go on from it."""

    stored_at: datetime
    evaluation_id: EvaluationId
    revision: int


@dataclass(frozen=True, slots=True)
class StoredRevision:
    """One record as it was put, in whatever profile it came."""

    place: ShelfPlace
    document: Document


class EvaluationShelf(Protocol):
    """Stores records; a revision that is there is never changed.

    Every method raises Unavailable when the database is locked or gone; nothing is stored then.
    """

    async def put(self, evaluation_id: EvaluationId, revision: int, document: Document) -> bool:
        """Store a revision; False when that revision is there already, which leaves it as it is."""
        ...

    async def newest(self, limit: int, before: ShelfPlace | None = None) -> list[StoredRevision]:
        """The revisions stored last, the latest first; with `before`, those stored before that place."""
        ...

    async def get(self, evaluation_id: EvaluationId) -> list[StoredRevision]:
        """All revisions of an evaluation, the first one first; empty when it is unknown."""
        ...
