"""Agencies 政务服务机构 and the bureau 政务服务数据管理局: who is told of a bad rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class ContactRole(Enum):
    """Who a contact is within the agency."""

    CONTACT = "contact"
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or mailbox that gets emails."""

    name: str
    email: str
    role: ContactRole = ContactRole.CONTACT


@dataclass(frozen=True, slots=True)
class Agency:
    """An agency with its contacts in order of escalation."""

    code: str
    name: str
    region_code: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """Who is competent for suspected violations, such as the office of discipline inspection (R-20)."""

    code: str
    name: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class AgencyDirectory:
    """All agencies and the bureau, as `config/agencies.toml` lists them."""

    agencies: Mapping[str, Agency] = field(default_factory=dict)
    bureau: Agency | None = None
    departments: Mapping[str, Department] = field(default_factory=dict)

    def find(self, code: str) -> Agency | None:
        """The agency of a code; None is for the bureau (R-19)."""
        return self.agencies.get(code)

    def tiers(self, code: str) -> tuple[tuple[Contact, ...], ...]:
        """Whom to write to, tier by tier: the agency's contacts at once, each head, then the bureau.

        The next tier is written to when every address of the one before is refused for good.
        """
        agency = self.find(code)
        tiers: list[tuple[Contact, ...]] = []
        if agency is not None:
            first = tuple(c for c in agency.contacts if c.role is ContactRole.CONTACT)
            heads = [(c,) for c in agency.contacts if c.role is ContactRole.HEAD]
            tiers.extend(tier for tier in (first, *heads) if tier)
        if self.bureau is not None and self.bureau.contacts:
            tiers.append(self.bureau.contacts)
        return tuple(tiers)
