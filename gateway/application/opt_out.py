"""Somebody wants no texts, or wants them again; by text, or by telephone with an operator writing it down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from gateway.application.ports.clock import Clock
from gateway.application.ports.database import Database, UnitOfWork
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.invitations import ReminderState
from gateway.domain.phone_numbers import PhoneNumber

BY_TELEPHONE: Final = "by telephone, recorded by an operator"
"""The words kept for a wish that was not written."""
_INVITATIONS: Final = 100
"""Newest ones whose reminders are cancelled; what older ones still queue is stopped at sending."""


async def begin_opt_out(work: UnitOfWork, phone: PhoneNumber, words: str, now: datetime) -> bool:
    """Note the wish with its words and cancel the reminders that wait; False when it was noted already.

    Raises:
        AlreadyRecorded: another node noted it at the same moment; try again to see it.

    """
    begun = await work.opt_outs.begin(phone, words, now)
    waiting = [
        invitation
        for invitation in await work.invitations.of_phone(phone, _INVITATIONS)
        if invitation.reminder is ReminderState.WAITING
    ]
    await work.invitations.update(
        [replace(each, reminder=ReminderState.OPTED_OUT, remind_at=None) for each in waiting]
    )
    return begun


class OptOut:
    """The ledger, as operators write in it for those who call.

    Every method raises Unavailable when the database is locked or gone; nothing is noted then.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, phone: PhoneNumber) -> bool:
        """No more texts to this number; False when that was noted already."""
        try:
            return await self._begin(phone)
        except AlreadyRecorded:
            return await self._begin(phone)

    async def end(self, phone: PhoneNumber) -> bool:
        """Texts to this number again, from the next service on; False when nothing stood against them."""
        async with self._database.transaction() as work:
            return await work.opt_outs.end(phone, self._clock.now())

    async def since(self, phone: PhoneNumber) -> datetime | None:
        """Since when this number gets no texts; None when it gets them."""
        async with self._database.reading() as work:
            return await work.opt_outs.since(phone)

    async def _begin(self, phone: PhoneNumber) -> bool:
        async with self._database.transaction() as work:
            return await begin_opt_out(work, phone, BY_TELEPHONE, self._clock.now())
