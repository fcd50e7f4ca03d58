"""After a restore: keep back what may have been sent between the backup and the loss.

A backup knows nothing of what went out after it was taken. Deliveries to the core store may be repeated, for
the store deduplicates. A text or an email may not: whoever had it already would have it twice. So these are
given up where people see them (`outbox dead`) and take them up again by hand. Whoever was to learn a result
by such a text is called instead, as after any text of which nobody knows whether it arrived.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.database import Database
from gateway.application.queue_text import QueueText
from gateway.application.send_reminders import BATCH, SendReminders
from gateway.application.take_step import TakeStep
from gateway.application.tell_citizen import TellOfResult
from gateway.domain.handling.letters import LetterKind
from gateway.domain.outbox import EMAIL_KINDS, TEXT_KINDS, OutboxEntry, OutboxKind, OutboxState

_CALLS_ASKED_FOR: Final = ((OutboxKind.EMAIL, LetterKind.TELL_BY_PHONE.value),)
"""These go in any case: a second one does no harm, and nobody else asks for the call."""
WHY: Final = "put aside after a restore: it may have been sent before the loss"


class _ReplayClock:
    """Shows the moment that is being lived through again."""

    def __init__(self) -> None:
        self.moment = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much was put aside."""

    texts: int
    """Reminders that fell due in the time that is lost are among them."""
    emails: int
    calls: int


class PutAside:
    """Gives up every text, email and call that the lost database may have sent already."""

    def __init__(self, essentials: Essentials, queue_text: QueueText) -> None:
        self._database: Database = essentials.database
        self._clock = essentials.clock
        self._replayed = _ReplayClock()
        self._reminders = SendReminders(replace(essentials, clock=self._replayed), queue_text)
        self._tell = TellOfResult(essentials.rules, queue_text, TakeStep(essentials.rules))

    async def __call__(self, lost_at: datetime) -> Kept:
        """Put aside what may have gone until `lost_at`, when the lost database last worked; safe to repeat.

        Run it before any worker: what a worker takes first is sent.
        """
        await self._queue_reminders(lost_at)
        async with self._database.transaction() as work:
            now = self._clock.now()

            async def given_up(*kinds: OutboxKind) -> list[OutboxEntry]:
                give_up = work.inspection.give_up
                return [e for kind in kinds for e in await give_up(kind, lost_at, now, WHY, _CALLS_ASKED_FOR)]

            texts = await given_up(*TEXT_KINDS)
            emails = await given_up(*EMAIL_KINDS)
            calls = await given_up(OutboxKind.CALL)
            await self._tell.settled(work, texts, OutboxState.DEAD, now)
        return Kept(texts=len(texts), emails=len(emails), calls=len(calls))

    async def _queue_reminders(self, lost_at: datetime) -> None:
        """Judge each reminder at the moment it fell due, as the lost database's worker did.

        So it gets the same letter, its answer finds its invitation, and the night that has come since does
        not put it off until a morning that would send it again.
        """
        before = None
        while (due_at := await self._reminders.next_due_at()) is not None and due_at <= lost_at:
            self._replayed.moment = due_at
            judged = await self._reminders()
            if due_at == before and judged < BATCH:
                # Another holds it; it is looked at when this is run again.
                return
            before = due_at
