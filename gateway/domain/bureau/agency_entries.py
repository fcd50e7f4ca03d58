"""What the bureau says of an agency on its page: it wins over the file of agencies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from gateway.domain.agencies import Agency, Contact, ContactRole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


class Standing(Enum):
    """By what an agency goes."""

    PAGE = "page"
    """By what the page says."""
    RETIRED = "retired"
    """It is none any more, whatever the file says: its follow-ups are the bureau's (R-19)."""
    FILE = "file"
    """By the file, as if the page had never said anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyEntry:
    """The last word of the page about an agency."""

    code: str
    revision: int
    """How often the page said something of it: 1 is the first time."""
    standing: Standing
    agency: Agency | None
    """What it says; None unless it goes by the page."""
    changed_at: datetime
    changed_by: str
    """Login name."""
    entry_no: int
    """The ledger's entry that tells of it; greater is later."""


def as_document(agency: Agency) -> dict[str, object]:
    """An agency as JSON takes it, its code apart."""
    return {
        "name": agency.name,
        "region_code": agency.region_code,
        "contacts": [[contact.name, contact.email, contact.role.value] for contact in agency.contacts],
    }


def from_document(code: str, document: Mapping[str, Any]) -> Agency:
    """The agency of such a document."""
    contacts = tuple(Contact(name, email, ContactRole(role)) for name, email, role in document["contacts"])
    return Agency(code, document["name"], document["region_code"], contacts)


def in_force(file: Agency | None, entry: AgencyEntry | None) -> Agency | None:
    """What holds of an agency; None when there is none of its code."""
    if entry is None or entry.standing is Standing.FILE:
        return file
    return entry.agency


def all_in_force(file: Mapping[str, Agency], entries: Iterable[AgencyEntry]) -> dict[str, Agency]:
    """What holds of all agencies."""
    agencies = dict(file)
    for entry in entries:
        agency = in_force(file.get(entry.code), entry)
        if agency is None:
            agencies.pop(entry.code, None)
        else:
            agencies[entry.code] = agency
    return agencies
