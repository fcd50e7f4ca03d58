"""Where nobody knows the agency, an officer acts in its place, on the page that an agency has (R-19)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from gateway.application.bureau.manage_people import Doer
from gateway.application.essentials import Essentials
from gateway.domain.agencies import AgencyDirectory, Contact
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.follow_ups import FollowUp
from gateway.domain.ids import FollowUpId

_OPEN_FOR: Final = timedelta(hours=2)


class ActInPlace:
    """Opens the agency's page to officers, for a while, and writes down to whom."""

    def __init__(
        self,
        essentials: Essentials,
        directory: AgencyDirectory,
        token_of: Callable[[FollowUpId, Contact, timedelta], str],
    ) -> None:
        """`token_of` makes a contact's link to a follow-up, good for so long."""
        self._database = essentials.database
        self._clock = essentials.clock
        self._directory = directory
        self._token_of = token_of

    def may_be_done(self, follow_up: FollowUp) -> bool:
        """Whether there is nobody but the bureau to act, and the bureau has a contact to act as."""
        return self._directory.find(follow_up.agency_code) is None and bool(self._contacts)

    async def __call__(self, doer: Doer, follow_up: FollowUp) -> str | None:
        """The token of a link to the agency's page; None where an agency is there to act."""
        if not self.may_be_done(follow_up):
            return None
        entry = LedgerEntry(
            at=self._clock.now(),
            event=LedgerEvent.ACTED_IN_PLACE,
            actor=doer.login,
            subject=follow_up.follow_up_id,
            address=doer.address,
        )
        async with self._database.transaction() as work:
            await work.ledger.add(entry)
        return self._token_of(follow_up.follow_up_id, self._contacts[0], _OPEN_FOR)

    @property
    def _contacts(self) -> tuple[Contact, ...]:
        bureau = self._directory.bureau
        return bureau.contacts if bureau else ()
