"""The directory of agencies from a TOML file: read whole, or refused with every fault named."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from gateway.adapters.agency_rows import AgencyRow, ContactRow, ContactRows, Name, Row, agency_of, contacts_of
from gateway.adapters.toml_text import MalformedToml, TomlText
from gateway.domain.agencies import Agency, AgencyDirectory, ContactRole, Department
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding

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


class _Bureau(Row):
    name: Name
    contacts: ContactRows


class _Department(Row):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
    name: Name
    contacts: ContactRows


class _File(Row):
    bureau: _Bureau
    agency: tuple[AgencyRow, ...] = ()
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
    agencies = {row.code: agency_of(row) for row in read.agency}
    bureau = Agency(
        code="", name=read.bureau.name, region_code="", contacts=contacts_of(read.bureau.contacts)
    )
    departments = {
        row.code: Department(row.code, row.name, contacts_of(row.contacts)) for row in read.department
    }
    return AgencyDirectory(agencies, bureau, departments)


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
    known = {key for model in (_File, AgencyRow, _Department, ContactRow) for key in model.model_fields}
    near = get_close_matches(name, sorted(known), n=1)
    return f"write {near[0]}, or take it out" if near else "take it out"


def _in_words(steps: tuple[str | int, ...]) -> str:
    """Such as `agency 2, contacts 1, email`: people count from one."""
    words = "".join(f" {step + 1}" if isinstance(step, int) else f", {step}" for step in steps)
    return words.removeprefix(", ")


def _line(finding: Finding) -> int:
    line = finding.place.rpartition(":")[2]
    return int(line) if line.isdigit() else 0
