"""Which contacts of agencies no email gets to, so that an administrator can name others (R-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.database import NOBODY_READ, MailOutcome
from gateway.application.ports.return_addresses import ReturnAddresses
from gateway.domain.agencies import Agency, Contact

_REMEMBERED: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CameBack:
    """The last email to a contact that came back."""

    at: datetime
    is_full: bool
    """Whether the mailbox was full, and so may be emptied; else there is none."""


class FindUnreachable:
    """Looks through the emails that came back in the last thirty days."""

    def __init__(self, essentials: Essentials, addresses: ReturnAddresses) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._addresses = addresses

    async def __call__(self, agencies: Mapping[str, Agency]) -> dict[tuple[str, Contact], CameBack]:
        """By agency and contact; whoever has another address since is reachable again.

        Raises:
            Unavailable: the database does not answer.

        """
        async with self._database.reading() as work:
            mails = await work.incoming_mails.unread(self._clock.now() - _REMEMBERED, NOBODY_READ)
        found: dict[tuple[str, Contact], CameBack] = {}
        for mail in mails:
            agency = agencies.get(mail.agency_code)
            for contact in agency.contacts if agency else ():
                if self._addresses.name_of(contact) == mail.contact:
                    came_back = CameBack(mail.received_at, mail.outcome is MailOutcome.MAILBOX_FULL)
                    found[mail.agency_code, contact] = came_back
        return found
