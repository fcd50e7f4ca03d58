"""Collecting what was unfinished when the day began, for the morning's list of one reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from gateway.application.essentials import Essentials
from gateway.application.ports.contact_links import ContactLinks, PageOf
from gateway.application.ports.database import UnitOfWork
from gateway.application.ports.mailer import EmailTexts, RenderedEmail
from gateway.application.tell_of_follow_up import notice_of
from gateway.domain.agencies import Agency, AgencyDirectory, Contact
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.alarms import opening_of
from gateway.domain.handling.history import fold
from gateway.domain.handling.letters import DigestLine
from gateway.domain.handling.progress import Deadline, deadline_of

_PAGE: Final = 100
_LISTED: Final = 30
"""More than anybody does in a day; the rest is counted."""
_MOST: Final = 1000
"""Beyond so many unfinished ones nobody counts."""
_FOR_THE_BUREAU: Final = frozenset({FollowUpState.CITIZEN_TOLD, FollowUpState.BUREAU_INFORMED})


class CollectDigest:
    """Looks up one reader's list as it stands now, of what was opened before that morning."""

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
        self._zone = essentials.rules.timezone
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
        day = date.fromisoformat(str(payload["digest"]))
        lines, more = await self._lines(code or None, contact, opening_of(day, self._zone))
        if not lines:
            return None
        return contact, self._texts.digest(agency, day, lines, more)

    def _contact(self, agency: Agency, reader: str) -> Contact | None:
        return next((c for c in agency.contacts if self._links.name_of(c) == reader), None)

    async def _lines(
        self, code: str | None, contact: Contact, morning: datetime
    ) -> tuple[list[DigestLine], int]:
        now = self._clock.now()
        concerned: list[_Concern] = []
        after = ""
        async with self._database.reading() as work:
            while len(concerned) < _MOST:
                page = await work.follow_ups.unfinished(code, after, _PAGE)
                concerned += [
                    each
                    for each in await _readable(work, page, now)
                    # What came since has had an email of its own today.
                    if each.follow_up.opened_at < morning
                    and self._concerns(each, contact, for_bureau=code is None)
                ]
                if len(page) < _PAGE:
                    break
                after = page[-1].follow_up_id
            # The latest first, then what falls due soonest, then what has no deadline.
            concerned.sort(key=lambda each: (not each.late, each.due_at or now, each.follow_up.follow_up_id))
            # What is told of each is looked up for those listed only: where nobody acts, there are hundreds.
            lines = [
                await self._line(work, each, self._page_of(each.follow_up, contact, now))
                for each in concerned[:_LISTED]
            ]
        return [line for line in lines if line is not None], max(len(concerned) - _LISTED, 0)

    def _concerns(self, each: _Concern, contact: Contact, *, for_bureau: bool) -> bool:
        """Whether it is this reader's to do, or to know of."""
        is_agency = self._directory.find(each.follow_up.agency_code)
        waits_for_bureau = each.state in _FOR_THE_BUREAU
        if each.deadline is None:
            return waits_for_bureau == (contact not in _contacts(is_agency))
        return each.late or not for_bureau

    async def _line(self, work: UnitOfWork, each: _Concern, page: str) -> DigestLine | None:
        notice = await notice_of(work, each.follow_up, self._directory)
        if notice is None:
            return None
        return DigestLine(
            follow_up_id=each.follow_up.follow_up_id,
            title=notice.item_name,
            agency=notice.agency_name,
            level=notice.level.name_zh,
            state=each.state,
            duty=each.deadline.kind if each.deadline else None,
            due_at=each.due_at,
            late=each.late,
            page=page,
        )


@dataclass(frozen=True, slots=True)
class _Concern:
    """An unfinished follow-up and how far it is."""

    follow_up: FollowUp
    state: FollowUpState
    deadline: Deadline | None
    late: bool

    @property
    def due_at(self) -> datetime | None:
        """Until when the next is owed, if it is."""
        return self.deadline.at if self.deadline else None


async def _readable(work: UnitOfWork, page: Sequence[FollowUp], now: datetime) -> list[_Concern]:
    """How far each of these is, less those that are damaged or tell of what was purged."""
    steps = await work.follow_ups.steps_of([each.follow_up_id for each in page])
    rated = await work.evaluations.known({each.evaluation_id for each in page})
    found: list[_Concern] = []
    for follow_up in page:
        if follow_up.evaluation_id not in rated or follow_up.follow_up_id not in steps:
            continue
        try:
            progress = fold(follow_up, steps[follow_up.follow_up_id])
        except LookupError:
            continue
        deadline = deadline_of(progress)
        late = deadline is not None and now >= deadline.at
        found.append(_Concern(follow_up, progress.state, deadline, late))
    return found


def _contacts(agency: Agency | None) -> tuple[Contact, ...]:
    return agency.contacts if agency else ()
