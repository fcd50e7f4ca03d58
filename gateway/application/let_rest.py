"""Letting dead entries rest for good, which an operator decides: they were sent, or nobody needs them."""

from __future__ import annotations

from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.database import Chosen
from gateway.application.queue_text import QueueText
from gateway.application.take_step import TakeStep
from gateway.application.tell_citizen import TellOfResult
from gateway.domain.handling.letters import LetterKind
from gateway.domain.outbox import TEXT_KINDS, OutboxKind, OutboxState

DROPPABLE: Final = tuple(kind for kind in OutboxKind if kind is not OutboxKind.CORE_STORE)
"""A rating is owed to the core store until it is there."""
SPARED: Final = (
    (OutboxKind.EMAIL, LetterKind.NOT_ADOPTED.value),
    (OutboxKind.EMAIL, LetterKind.TELL_BY_PHONE.value),
)
"""Somebody waits for these: the bureau is told of every rating that is not adopted (R-12), and a citizen whom
no text reached is called (R-11)."""


class LetRest:
    """Drops dead entries, and has told otherwise what they were to tell."""

    def __init__(self, essentials: Essentials, queue_text: QueueText) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._tell = TellOfResult(essentials.rules, queue_text, TakeStep(essentials.rules))

    async def __call__(self, chosen: Chosen) -> int:
        """Drop these, as far as they are dead and not owed until they arrive; how many that were."""
        allowed = {kind.value for kind in DROPPABLE}
        kinds = allowed if chosen.kinds is None else allowed.intersection(chosen.kinds)
        droppable = Chosen(outbox_ids=chosen.outbox_ids, kinds=kinds, purposes=chosen.purposes)
        async with self._database.transaction() as work:
            now = self._clock.now()
            dropped = await work.inspection.drop(droppable, now, SPARED)
            texts = [entry for entry in dropped if entry.kind in TEXT_KINDS]
            await self._tell.settled(work, texts, OutboxState.DROPPED, now)
        return len(dropped)
