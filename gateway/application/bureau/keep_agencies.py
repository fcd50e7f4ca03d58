"""Agencies and their contacts as the bureau's administrators keep them, over what the file says of them.

Every process holds all that is in force, and asks every few seconds for what was said since: nothing of an
agency is looked up in the database where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.application.bureau.manage_people import Doer
from gateway.application.ports.clock import Clock
from gateway.application.ports.database import Database
from gateway.domain.agencies import Agency, AgencyDirectory
from gateway.domain.bureau.agency_entries import AgencyEntry, Standing, all_in_force, as_document, in_force
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent

EVENTS: Final = (
    LedgerEvent.AGENCY_ADDED,
    LedgerEvent.AGENCY_CHANGED,
    LedgerEvent.AGENCY_RETIRED,
    LedgerEvent.AGENCY_BY_FILE,
)
_REMEMBERED: Final = 20


class AgenciesInForce(Mapping[str, Agency]):
    """The agencies that hold now, by code; whoever has it sees every change."""

    def __init__(self, file: Mapping[str, Agency]) -> None:
        self._file = file
        self._entries: dict[str, AgencyEntry] = {}
        self._agencies = dict(file)

    def take(self, entries: Sequence[AgencyEntry]) -> None:
        """From now on this holds; of two words about one agency the later."""
        for entry in entries:
            known = self._entries.get(entry.code)
            if known is None or known.entry_no < entry.entry_no:
                self._entries[entry.code] = entry
        self._agencies = all_in_force(self._file, self._entries.values())

    def entry_of(self, code: str) -> AgencyEntry | None:
        """The page's last word about an agency."""
        return self._entries.get(code)

    @property
    def entries(self) -> tuple[AgencyEntry, ...]:
        """All of the page's last words."""
        return tuple(self._entries.values())

    def __getitem__(self, code: str) -> Agency:
        return self._agencies[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._agencies)

    def __len__(self) -> int:
        return len(self._agencies)


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Nothing was changed: somebody else said something of this agency meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeAgency:
    """All there is to see of an agency."""

    code: str
    now: Agency | None
    """None: it was retired, or is only in nobody's file any more."""
    file: Agency | None
    entry: AgencyEntry | None
    history: tuple[LedgerEntry, ...]
    """What the page said of it, the newest first."""


class KeepAgencies:
    """Shows agencies, changes them, and keeps this process's directory up to date."""

    def __init__(self, file: AgencyDirectory, database: Database, clock: Clock) -> None:
        self.file = file
        self.agencies = AgenciesInForce(file.agencies)
        self._database = database
        self._clock = clock
        self._heard = 0
        """The last entry of the ledger up to which everything was heard."""

    @property
    def directory(self) -> AgencyDirectory:
        """All that holds, and goes on to: bureau and departments are the file's."""
        return AgencyDirectory(self.agencies, self.file.bureau, self.file.departments)

    async def refresh(self) -> None:
        """Hear what was said since the last time, here or on another node.

        Raises:
            Unavailable: the database does not answer; what was heard holds on.

        """
        async with self._database.reading() as work:
            entries = await work.agency_entries.later_than(self._heard)
        if entries:
            self.agencies.take(entries)
            self._heard = entries[-1].entry_no

    async def look(self, code: str) -> WholeAgency | None:
        """One agency; None when neither file nor page ever named it."""
        async with self._database.reading() as work:
            entry = await work.agency_entries.get(code)
            history = await work.ledger.about(code, EVENTS, _REMEMBERED)
        file = self.file.agencies.get(code)
        if file is None and entry is None:
            return None
        return WholeAgency(
            code=code, now=in_force(file, entry), file=file, entry=entry, history=tuple(history)
        )

    async def change(self, doer: Doer, agency: Agency, seen: int) -> AgencyEntry | Overtaken:
        """It is so from now on; a new agency, too. `seen`: the revision that the change was made from."""
        return await self._say(doer, agency.code, seen, Standing.PAGE, agency)

    async def retire(self, doer: Doer, code: str, seen: int) -> AgencyEntry | Overtaken:
        """It is none any more; what is open of it goes to the bureau."""
        return await self._say(doer, code, seen, Standing.RETIRED, None)

    async def go_by_file(self, doer: Doer, code: str, seen: int) -> AgencyEntry | Overtaken:
        """The file speaks for it again."""
        return await self._say(doer, code, seen, Standing.FILE, None)

    async def _say(
        self, doer: Doer, code: str, seen: int, standing: Standing, agency: Agency | None
    ) -> AgencyEntry | Overtaken:
        now, file = self._clock.now(), self.file.agencies.get(code)
        async with self._database.transaction() as work:
            await work.ledger.lock()
            present = await work.agency_entries.get(code)
            if seen != (present.revision if present else 0):
                return Overtaken()
            if present is not None and (present.standing, present.agency) == (standing, agency):
                return present
            before = in_force(file, present)
            after = file if standing is Standing.FILE else agency
            event = _event(standing, before)
            entry_no = await work.ledger.add(
                LedgerEntry(
                    at=now,
                    event=event,
                    actor=doer.login,
                    subject=code,
                    detail={"before": _told(before), "after": _told(after)},
                    address=doer.address,
                )
            )
            entry = AgencyEntry(
                code=code,
                revision=seen + 1,
                standing=standing,
                agency=agency,
                changed_at=now,
                changed_by=doer.login,
                entry_no=entry_no,
            )
            await work.agency_entries.save(entry)
        # Others' words before it are heard at the next refresh, which starts where the last one ended.
        self.agencies.take([entry])
        return entry


def _event(standing: Standing, before: Agency | None) -> LedgerEvent:
    if standing is Standing.PAGE:
        return LedgerEvent.AGENCY_ADDED if before is None else LedgerEvent.AGENCY_CHANGED
    return LedgerEvent.AGENCY_RETIRED if standing is Standing.RETIRED else LedgerEvent.AGENCY_BY_FILE


def _told(agency: Agency | None) -> dict[str, object] | None:
    return None if agency is None else as_document(agency)
