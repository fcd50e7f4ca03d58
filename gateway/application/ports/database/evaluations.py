"""Where ratings are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.evaluations import Evaluation
from gateway.domain.ids import CallId, EvaluationId, InvitationId, ServiceId


class Evaluations(Protocol):
    """Recorded ratings; only `application.record_evaluation` writes here."""

    async def of_slots(self, slots: Collection[str]) -> list[Evaluation]:
        """Everything recorded for these slots."""
        ...

    async def of_events(self, event_keys: Collection[str]) -> list[Evaluation]:
        """What these events led to, if they were seen before."""
        ...

    async def get(self, evaluation_id: EvaluationId) -> Evaluation | None:
        """One evaluation in its current revision."""
        ...

    async def known(self, evaluation_ids: Collection[EvaluationId]) -> frozenset[EvaluationId]:
        """Those of these that are there."""
        ...

    async def of_service(self, service_id: ServiceId) -> list[Evaluation]:
        """All evaluations of a service, in the order of recording."""
        ...

    async def of_invitation(self, invitation_id: InvitationId) -> list[Evaluation]:
        """All evaluations given through an invitation."""
        ...

    async def of_call(self, call_id: CallId) -> list[Evaluation]:
        """What was rated in a call, copies left out."""
        ...

    async def copies_of(self, evaluation_id: EvaluationId) -> list[Evaluation]:
        """The copies that stem from it."""
        ...

    async def page(self, since: datetime, after: int, limit: int) -> list[tuple[int, Evaluation]]:
        """What was recorded since, in the order in which it came to be seen, each with its place.

        Whatever is committed after this has a higher place, so that a reader who goes on skips nothing.
        """
        ...

    async def add(self, evaluations: Sequence[Evaluation], recorded_at: datetime) -> None:
        """New evaluations.

        Raises:
            AlreadyRecorded: another node was first; try again to see its rows.

        """
        ...

    async def revise(self, evaluations: Sequence[Evaluation]) -> None:
        """The next revision of existing evaluations."""
        ...
