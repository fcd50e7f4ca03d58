"""Collecting what is unfinished, for the morning's list of one reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.contact_links import ContactLinks, PageOf
from gateway.application.ports.database import UnitOfWork
from gateway.application.ports.mailer import EmailTexts, RenderedEmail
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import Agency, AgencyDirectory, Contact
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.history import fold
from gateway.domain.handling.letters import DigestLine
from gateway.domain.handling.progress import deadline_of

_PAGE: Final = 100
_LISTED: Final = 30
"""More than anybody does in a day; the rest is counted."""
_MOST: Final = 1000
"""Beyond so many unfinished ones nobody counts."""
_FOR_THE_BUREAU: Final = frozenset({FollowUpState.CITIZEN_TOLD, FollowUpState.BUREAU_INFORMED})


class CollectDigest:
    """Looks up one reader's list as it stands now."""

    def __init__(
        self,
        essentials: Essentials,
        texts: EmailTexts,
        directory: AgencyDirectory,
        links: ContactLinks,
        page_of: PageOf,
    ) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._texts = texts
        self._directory = directory
        self._links = links
        self._page_of = page_of

    async def __call__(self, payload: Mapping[str, object]) -> tuple[Contact, RenderedEmail] | None:
        """The reader and their list; None when nothing is unfinished, or the reader has left."""
        code = str(payload["agency"])
        agency = self._directory.find(code) if code else self._directory.bureau
        contact = None if agency is None else self._contact(agency, str(payload["reader"]))
        if agency is None or contact is None:
            return None
        lines, more = await self._lines(code or None, contact)
        if not lines:
            return None
        day = date.fromisoformat(str(payload["digest"]))
        return contact, self._texts.digest(agency, day, lines, more)

    def _contact(self, agency: Agency, reader: str) -> Contact | None:
        return next((c for c in agency.contacts if self._links.name_of(c) == reader), None)

    async def _lines(self, code: str | None, contact: Contact) -> tuple[list[DigestLine], int]:
        now = self._clock.now()
        lines: list[DigestLine] = []
        after = ""
        async with self._database.reading() as work:
            while len(lines) < _MOST:
                page = await work.follow_ups.unfinished(code, after, _PAGE)
                for follow_up in page:
                    line = await self._line(work, follow_up, contact, now, for_bureau=code is None)
                    if line is not None:
                        lines.append(line)
                if len(page) < _PAGE:
                    break
                after = page[-1].follow_up_id
        # The latest first, then what falls due soonest, then what has no deadline.
        lines.sort(key=lambda line: (not line.late, line.due_at or now, line.follow_up_id))
        return lines[:_LISTED], max(len(lines) - _LISTED, 0)

    async def _line(
        self, work: UnitOfWork, follow_up: FollowUp, contact: Contact, now: datetime, *, for_bureau: bool
    ) -> DigestLine | None:
        """None for what is somebody else's to do, or cannot be read."""
        try:
            history = await work.follow_ups.history(follow_up.follow_up_id)
            progress = fold(follow_up, [kept.step for kept in history])
        except LookupError:
            return None
        deadline = deadline_of(progress)
        is_agency = self._directory.find(follow_up.agency_code)
        waits_for_bureau = progress.state in _FOR_THE_BUREAU
        mine = deadline is not None or (waits_for_bureau == (contact not in _contacts(is_agency)))
        late = deadline is not None and now >= deadline.at
        # Before anything else is looked up: the bureau's list walks through all that is under way.
        if not mine or (for_bureau and deadline is not None and not late):
            return None
        notice = await notice_of(work, follow_up, self._directory)
        if notice is None:
            return None
        return DigestLine(
            follow_up_id=follow_up.follow_up_id,
            title=notice.item_name,
            agency=notice.agency_name,
            level=notice.level.name_zh,
            state=progress.state,
            duty=deadline.kind if deadline else None,
            due_at=deadline.at if deadline else None,
            late=late,
            page=self._page_of(follow_up, contact, now),
        )


def _contacts(agency: Agency | None) -> tuple[Contact, ...]:
    return agency.contacts if agency else ()
