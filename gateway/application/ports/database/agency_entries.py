"""Where it is kept what the bureau says of agencies."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.bureau.agency_entries import AgencyEntry


class AgencyEntries(Protocol):
    """The last word about each agency that the page ever spoke of."""

    async def get(self, code: str) -> AgencyEntry | None:
        """What it says of one; None when it never said anything."""
        ...

    async def later_than(self, entry_no: int) -> list[AgencyEntry]:
        """Everything said since this entry of the ledger, in the order in which it was said."""
        ...

    async def save(self, entry: AgencyEntry) -> None:
        """Its new word, in the place of what it said before."""
        ...
