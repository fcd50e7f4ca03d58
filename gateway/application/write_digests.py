"""Every working morning, each contact and the bureau are owed a list of what is unfinished."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.contact_links import ContactLinks
from gateway.domain.agencies import Agency, AgencyDirectory, ContactRole
from gateway.domain.handling.alarms import OPENING
from gateway.domain.outbox import OutboxEntry, OutboxKind
from gateway.domain.working_time import CLOSE_OF_BUSINESS

BUREAU: Final = ""
"""Stands for the bureau where the code of an agency stands."""


class WriteDigests:
    """Owes the lists, each once a day; what stands in them is looked up when they are written."""

    def __init__(self, essentials: Essentials, directory: AgencyDirectory, links: ContactLinks) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._rules = essentials.rules
        self._directory = directory
        self._links = links
        self._done: date | None = None

    async def __call__(self) -> None:
        """Owe this morning's, if it is a working day and they are not owed yet."""
        now = self._clock.now()
        local = now.astimezone(self._rules.timezone)
        day = local.date()
        in_hours = OPENING <= local.time() < CLOSE_OF_BUSINESS
        if self._done == day or not in_hours or not self._rules.calendar.is_workday(day):
            return
        async with self._database.transaction() as work:
            codes = await work.follow_ups.unfinished_agencies()
            found = [agency for code in codes if (agency := self._directory.find(code)) is not None]
            bureau = [self._directory.bureau] if codes and self._directory.bureau else []
            await work.outbox.add(
                [entry for each in (*found, *bureau) for entry in self._entries(each, day, now)]
            )
        self._done = day

    def _entries(self, agency: Agency, day: date, now: datetime) -> list[OutboxEntry]:
        readers = [contact for contact in agency.contacts if contact.role is ContactRole.CONTACT]
        # Where there are only heads, the first of them is who is written to.
        readers = readers or list(agency.contacts[:1])
        return [
            OutboxEntry(
                kind=OutboxKind.EMAIL,
                key=f"digest:{day:%Y%m%d}:{agency.code}:{self._links.name_of(contact)}",
                payload={
                    "digest": day.isoformat(),
                    "agency": agency.code,
                    "reader": self._links.name_of(contact),
                },
                due_at=now,
                created_at=now,
            )
            for contact in readers
        ]
