"""The directory of agencies from a TOML file: read whole, or refused with every fault named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from gateway.adapters.toml_text import MalformedToml, TomlText
from gateway.domain.agencies import Agency, AgencyDirectory, Contact, ContactRole, Department
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding

_CODE: Final = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}")
"""GB 32100-2015 leaves out I, O, S, V and Z. Its check digit is not asked for: old codes lack a right one."""
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = re.compile(rf"[^\s@<>()\",;:\\\[\]]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
_FAULTS: Final = {
    "missing": ("is missing", "add it"),
    "string_pattern_mismatch": ("is no short name", "write 1 to 32 small letters, digits and _"),
    "enum": ("is no role of a contact", f"write {' or '.join(role.value for role in ContactRole)}"),
    "string_type": ("is no text", "write it in double quotes"),
    "string_too_short": ("is empty", "fill it in"),
    "tuple_type": ("is no list", "write it as in config/agencies.toml"),
    "model_type": ("is no table", "write it as in config/agencies.toml"),
}
"""What pydantic's types of error mean to an operator, and how to mend them."""


def _check_code(code: str) -> str:
    if not _CODE.fullmatch(code):
        remedy = "copy the agency's unified social credit code: 18 digits and capital letters"
        raise _fault(f"{code!r} is no code of an agency", remedy)
    return code


def _check_region(code: str) -> str:
    if not re.fullmatch(r"\d{6}(\d{6})?", code, re.ASCII):
        raise _fault(f"{code!r} is no code of a region", 'write 6 digits, such as "441500", or 12')
    return code


def _check_email(email: str) -> str:
    if not email.isascii() or not _EMAIL.fullmatch(email):
        raise _fault(f"{email!r} is no email address", "write one address, such as office@agency.example")
    return email


def _fault(problem: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("agencies", "{problem}", {"problem": problem, "remedy": remedy})


_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Contact(_Row):
    name: _Name
    email: Annotated[str, AfterValidator(_check_email)]
    role: ContactRole = ContactRole.CONTACT


def _check_contacts(contacts: tuple[_Contact, ...]) -> tuple[_Contact, ...]:
    # Not min_length, which counts a contact with a fault as none and so tells a second fault.
    if not contacts:
        raise _fault("nobody is named", "name at least one, so that somebody is told of a bad rating")
    return contacts


_Contacts = Annotated[tuple[_Contact, ...], AfterValidator(_check_contacts)]


class _Agency(_Row):
    code: Annotated[str, AfterValidator(_check_code)]
    name: _Name
    region_code: Annotated[str, AfterValidator(_check_region)]
    contacts: _Contacts


class _Bureau(_Row):
    name: _Name
    contacts: _Contacts


class _Department(_Row):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
    name: _Name
    contacts: _Contacts


class _File(_Row):
    bureau: _Bureau
    agency: tuple[_Agency, ...] = ()
    department: tuple[_Department, ...] = ()


def load_agencies(path: Path) -> AgencyDirectory:
    """The directory in a file.

    Raises:
        ConfigurationError: the file cannot be read or has faults; one line per finding.

    """
    directory, findings = _examine(path)
    if directory is None:
        faults = "\n".join(map(str, findings))
        raise ConfigurationError(f"the agencies cannot be used:\n{faults}", place=str(path))
    return directory


def agency_findings(path: Path) -> list[Finding]:
    """Everything wrong with the file, in the order of its lines; empty when it may be used."""
    return _examine(path)[1]


def _examine(path: Path) -> tuple[AgencyDirectory | None, list[Finding]]:
    try:
        toml = TomlText.read(path)
    except MalformedToml as error:
        return None, [error.finding]
    findings = [*_repeated_codes(toml, "agency"), *_repeated_codes(toml, "department")]
    try:
        read = _File.model_validate(toml.content)
    except ValidationError as error:
        findings += [_finding(detail, toml) for detail in error.errors(include_url=False)]
    else:
        if not findings:
            return _directory(read), []
    return None, sorted(findings, key=_line)


def _directory(read: _File) -> AgencyDirectory:
    agencies = {
        row.code: Agency(row.code, row.name, row.region_code, _contacts(row.contacts)) for row in read.agency
    }
    bureau = Agency(code="", name=read.bureau.name, region_code="", contacts=_contacts(read.bureau.contacts))
    departments = {
        row.code: Department(row.code, row.name, _contacts(row.contacts)) for row in read.department
    }
    return AgencyDirectory(agencies, bureau, departments)


def _contacts(rows: tuple[_Contact, ...]) -> tuple[Contact, ...]:
    return tuple(Contact(row.name, row.email, row.role) for row in rows)


def _repeated_codes(toml: TomlText, table: str) -> Iterator[Finding]:
    rows = toml.content.get(table, [])
    first: dict[object, str] = {}
    for number, row in enumerate(rows if isinstance(rows, list) else []):
        code = row.get("code") if isinstance(row, dict) else None
        place = toml.place(table, number, "code")
        if isinstance(code, str) and first.setdefault(code, place) != place:
            problem = f"the code {code} stands a second time, first at {first[code]}"
            yield Finding(place, problem, f"give each {table} one entry")


def _finding(detail: ErrorDetails, toml: TomlText) -> Finding:
    place = toml.place(*detail["loc"])
    where = _in_words(detail["loc"])
    context = detail.get("ctx", {})
    if "remedy" in context:
        return Finding(place, f"{where}: {context['problem']}", str(context["remedy"]))
    if detail["type"] == "extra_forbidden":
        return Finding(place, f"{where} is not known", _nearest(str(detail["loc"][-1])))
    if detail["loc"] == ("bureau",):
        remedy = "add [bureau] with name and contacts: it is told of what no agency can be told of"
        return Finding(place, "the bureau is not named", remedy)
    problem, remedy = _FAULTS.get(detail["type"], (detail["msg"], "write it as in config/agencies.toml"))
    return Finding(place, f"{where} {problem}", remedy)


def _nearest(name: str) -> str:
    known = {key for model in (_File, _Agency, _Department, _Contact) for key in model.model_fields}
    near = get_close_matches(name, sorted(known), n=1)
    return f"write {near[0]}, or take it out" if near else "take it out"


def _in_words(steps: tuple[str | int, ...]) -> str:
    """Such as `agency 2, contacts 1, email`: people count from one."""
    words = "".join(f" {step + 1}" if isinstance(step, int) else f", {step}" for step in steps)
    return words.removeprefix(", ")


def _line(finding: Finding) -> int:
    line = finding.place.rpartition(":")[2]
    return int(line) if line.isdigit() else 0
