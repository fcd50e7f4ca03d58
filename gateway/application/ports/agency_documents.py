"""Agencies as people write them: in a form, and as the file of agencies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from gateway.domain.agencies import Agency, AgencyDirectory


class AgencyProblem(Enum):
    """What is wrong with something that was written."""

    CODE = "agency_code"
    """It is no unified social credit code."""
    REGION = "region_code"
    """It is no code of a region."""
    EMAIL = "email"
    """It is no email address."""
    NOBODY = "nobody"
    """No contact is named."""
    EMPTY = "empty"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    """Something that no form of ours sends."""


@dataclass(frozen=True, slots=True)
class AgencyFault:
    """Something wrong, and where: such as contacts, 0, email."""

    place: tuple[str | int, ...]
    problem: AgencyProblem


class AgencyDocuments(Protocol):
    """Reads and writes them, by the rules of the file."""

    def read(self, document: Mapping[str, object]) -> Agency | list[AgencyFault]:
        """The agency that a form describes, or everything wrong with it in the order of its fields."""
        ...

    def write(self, directory: AgencyDirectory) -> str:
        """A file of agencies that says exactly this."""
        ...
