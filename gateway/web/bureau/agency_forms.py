"""An agency as an administrator fills it in: what a form shows, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.application.ports.agency_documents import AgencyDocuments, AgencyFault
from gateway.domain.agencies import Agency, ContactRole
from gateway.domain.plain_text import one_line
from gateway.web.bureau.agency_words import PROBLEMS

_SPARE: Final = 3
"""Empty lines for contacts that are still to be named; there are as many again once these are saved."""
_NAMED: Final = re.compile(r"contact-([0-9]{1,4})-(?:name|email)")

Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One line of the form."""

    name: str = ""
    email: str = ""
    role: str = ContactRole.CONTACT.value


@dataclass(frozen=True, slots=True)
class AgencyForm:
    """What a form shows, and what is wrong with it, by the names of its fields."""

    code: str = ""
    name: str = ""
    region_code: str = ""
    contacts: tuple[ContactLine, ...] = ()
    faults: Mapping[str, Words] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[ContactLine, ...]:
        """All lines of contacts, with some to fill in."""
        return (*self.contacts, *[ContactLine()] * _SPARE)


def form_of(agency: Agency) -> AgencyForm:
    """The form that says what holds of an agency."""
    contacts = tuple(ContactLine(c.name, c.email, c.role.value) for c in agency.contacts)
    return AgencyForm(agency.code, agency.name, agency.region_code, contacts)


def read_form(
    fields: Mapping[str, str], code: str, documents: AgencyDocuments
) -> tuple[AgencyForm, Agency | None]:
    """What was filled in, and the agency that it describes; None where something is wrong with it."""
    numbers = sorted({int(found[1]) for name in fields if (found := _NAMED.fullmatch(name))})
    lines = tuple(filter(_is_filled_in, (_line(fields, number) for number in numbers)))
    form = AgencyForm(code, one_line(fields.get("name", "")), one_line(fields.get("region_code", "")), lines)
    read = documents.read(
        {
            "code": form.code,
            "name": form.name,
            "region_code": form.region_code,
            "contacts": [{"name": c.name, "email": c.email, "role": c.role} for c in form.contacts],
        }
    )
    if isinstance(read, Agency):
        return form, read
    return AgencyForm(form.code, form.name, form.region_code, form.contacts, _faults(read)), None


def _line(fields: Mapping[str, str], number: int) -> ContactLine:
    name, email, role = (
        one_line(fields.get(f"contact-{number}-{key}", "")) for key in ("name", "email", "role")
    )
    return ContactLine(name, email, role or ContactRole.CONTACT.value)


def _is_filled_in(line: ContactLine) -> bool:
    return bool(line.name or line.email)


def _faults(faults: Sequence[AgencyFault]) -> dict[str, Words]:
    """The first fault of each field; one of all contacts stands at the first line."""
    words: dict[str, Words] = {}
    for fault in faults:
        match fault.place:
            case ("contacts", int(number), str(key)):
                name = f"contact-{number}-{key}"
            case ("contacts", *_):
                name = "contact-0-name"
            case (str(key), *_):
                name = key
            case _:
                name = "name"
        words.setdefault(name, PROBLEMS[fault.problem])
    return words
