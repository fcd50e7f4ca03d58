"""Agencies read from forms by the rules of the file, and written as the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from gateway.adapters.agency_rows import AgencyRow, agency_of
from gateway.application.ports.agency_documents import AgencyFault, AgencyProblem

if TYPE_CHECKING:
    from gateway.domain.agencies import Agency, AgencyDirectory, Contact

_PROBLEMS: Final[Mapping[str, AgencyProblem]] = {
    **{problem.value: problem for problem in AgencyProblem},
    "missing": AgencyProblem.EMPTY,
    "string_too_short": AgencyProblem.EMPTY,
    "string_too_long": AgencyProblem.TOO_LONG,
}


class FileAgencyDocuments:
    """The port `AgencyDocuments`."""

    def read(self, document: Mapping[str, object]) -> Agency | list[AgencyFault]:
        """The agency that a form describes, or everything wrong with it."""
        try:
            return agency_of(AgencyRow.model_validate(document))
        except ValidationError as error:
            return [
                AgencyFault(each["loc"], _PROBLEMS.get(each["type"], AgencyProblem.UNREADABLE))
                for each in error.errors(include_url=False)
            ]

    def write(self, directory: AgencyDirectory) -> str:
        """A file that `load_agencies` reads as this directory."""
        return "\n".join(_lines(directory))


def _lines(directory: AgencyDirectory) -> Iterator[str]:
    if directory.bureau is not None:
        yield "[bureau]"
        yield from _table({"name": directory.bureau.name}, directory.bureau.contacts)
    for department in directory.departments.values():
        yield "[[department]]"
        yield from _table({"code": department.code, "name": department.name}, department.contacts)
    for agency in sorted(directory.agencies.values(), key=lambda agency: agency.code):
        yield "[[agency]]"
        named = {"code": agency.code, "name": agency.name, "region_code": agency.region_code}
        yield from _table(named, agency.contacts)


def _table(values: Mapping[str, str], contacts: Sequence[Contact]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{key} = {_text(value)}"
    yield "contacts = ["
    for contact in contacts:
        role = _text(contact.role.value)
        yield f"  {{ name = {_text(contact.name)}, email = {_text(contact.email)}, role = {role} }},"
    yield "]"
    yield ""


def _text(value: str) -> str:
    """As a basic string of TOML: JSON's is one, but for the one control that JSON lets stand."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
