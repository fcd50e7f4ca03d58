"""Where follow-ups of bad ratings are kept, and what was done with them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.record import KeptStep
from gateway.domain.ids import EvaluationId, FollowUpId


class FollowUps(Protocol):
    """Follow-ups of bad ratings; nothing of a history is ever changed or taken out."""

    async def add(self, follow_ups: Sequence[FollowUp]) -> None:
        """New follow-ups."""
        ...

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """One follow-up."""
        ...

    async def lock(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """One follow-up that nobody else changes until the transaction ends."""
        ...

    async def of_evaluations(self, evaluation_ids: Collection[EvaluationId]) -> list[FollowUp]:
        """The follow-ups of these evaluations."""
        ...

    async def page(self, after: str, limit: int) -> list[FollowUp]:
        """Follow-ups behind this number, in the order of their numbers."""
        ...

    async def history(self, follow_up_id: FollowUpId) -> list[KeptStep]:
        """What was done, in order.

        Raises:
            LookupError: a row does not hold what its act says; names act and field.

        """
        ...

    async def steps_of(
        self, follow_up_ids: Collection[FollowUpId]
    ) -> Mapping[FollowUpId, Sequence[FollowUpStep]]:
        """What was done with each of many, in order, without the words.

        One that is damaged is left out; `history` says what is wrong with it.
        """
        ...

    async def append(
        self, follow_up: FollowUp, kept: KeptStep, state: FollowUpState, due_at: datetime | None
    ) -> None:
        """The next step of a history, the state that it leads to, and until when the next is owed, if it is.

        Raises:
            AlreadyRecorded: another step was taken first; look again.

        """
        ...

    async def watch(self, follow_up: FollowUp, alarm_at: datetime | None) -> None:
        """It is unfinished; when the next email about its deadline falls due, if any does."""
        ...

    async def watch_new(self, new: Sequence[FollowUp], alarm_at: datetime | None) -> None:
        """The same for some that have just been opened together."""
        ...

    async def unwatch(self, follow_up_id: FollowUpId) -> None:
        """It is finished."""
        ...

    async def next_alarm_at(self) -> datetime | None:
        """When the next alarm falls due."""
        ...

    async def due_alarms(self, now: datetime, limit: int) -> list[FollowUp]:
        """Those whose alarm is due, longest due first, locked; less those that another worker looks at."""
        ...

    async def unfinished_agencies(self) -> list[str]:
        """The agencies that have any unfinished."""
        ...

    async def unfinished(self, agency_code: str | None, after: str, limit: int) -> list[FollowUp]:
        """Unfinished ones of an agency, or of all, behind this number, in the order of their numbers."""
        ...
