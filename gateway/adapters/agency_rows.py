"""What an agency and its contacts must be like, wherever they are written: in the file or on the page."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from gateway.application.ports.agency_documents import AgencyProblem
from gateway.domain.agencies import Agency, Contact, ContactRole

_CODE: Final = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}")
"""GB 32100-2015 leaves out I, O, S, V and Z. Its check digit is not asked for: old codes lack a right one."""
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = re.compile(rf"[^\s@<>()\",;:\\\[\]]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")


def _check_code(code: str) -> str:
    if not _CODE.fullmatch(code):
        remedy = "copy the agency's unified social credit code: 18 digits and capital letters"
        raise _fault(AgencyProblem.CODE, f"{code!r} is no code of an agency", remedy)
    return code


def _check_region(code: str) -> str:
    if not re.fullmatch(r"\d{6}(\d{6})?", code, re.ASCII):
        remedy = 'write 6 digits, such as "441500", or 12'
        raise _fault(AgencyProblem.REGION, f"{code!r} is no code of a region", remedy)
    return code


def _check_email(email: str) -> str:
    if not email.isascii() or not _EMAIL.fullmatch(email):
        remedy = "write one address, such as office@agency.example"
        raise _fault(AgencyProblem.EMAIL, f"{email!r} is no email address", remedy)
    return email


def _fault(kind: AgencyProblem, problem: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError(kind.value, "{problem}", {"problem": problem, "remedy": remedy})


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Row(BaseModel):
    """Anything of the directory: no field that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ContactRow(Row):
    """A contact."""

    name: Name
    email: Annotated[str, AfterValidator(_check_email)]
    role: ContactRole = ContactRole.CONTACT


def _check_contacts(contacts: tuple[ContactRow, ...]) -> tuple[ContactRow, ...]:
    # Not min_length, which counts a contact with a fault as none and so tells a second fault.
    if not contacts:
        remedy = "name at least one, so that somebody is told of a bad rating"
        raise _fault(AgencyProblem.NOBODY, "nobody is named", remedy)
    return contacts


ContactRows = Annotated[tuple[ContactRow, ...], AfterValidator(_check_contacts)]


class AgencyRow(Row):
    """An agency."""

    code: Annotated[str, AfterValidator(_check_code)]
    name: Name
    region_code: Annotated[str, AfterValidator(_check_region)]
    contacts: ContactRows


def agency_of(row: AgencyRow) -> Agency:
    """The agency that a row describes."""
    return Agency(row.code, row.name, row.region_code, contacts_of(row.contacts))


def contacts_of(rows: tuple[ContactRow, ...]) -> tuple[Contact, ...]:
    """The contacts that rows describe."""
    return tuple(Contact(row.name, row.email, row.role) for row in rows)
