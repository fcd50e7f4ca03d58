"""The directory of agencies: what is read, and what an operator is told about faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapters.agency_file import agency_findings, load_agencies
from gateway.domain.agencies import AgencyDirectory, ContactRole
from gateway.domain.errors import ConfigurationError

DELIVERED = Path(__file__).resolve().parents[3] / "config/agencies.toml"
GOOD = """[bureau]
name = "局"
contacts = [{ name = "值班", email = "duty@bureau.example" }]
[[agency]]
code = "11441500MB2C90123X"
name = "市公安局"
region_code = "441500"
contacts = [{ name = "科", email = "a@gongan.example" }]
"""


def file_of(folder: Path, text: str) -> Path:
    """A directory file with that text."""
    path = folder / "agencies.toml"
    path.write_text(text, encoding="utf-8")
    return path


def lines_of(path: Path) -> list[str]:
    """The findings as an operator reads them, with the folder taken off."""
    return [str(finding).removeprefix(f"{path}:") for finding in agency_findings(path)]


def test_delivered_file_is_good() -> None:
    """The directory that comes with the product can be used, and writes to nobody who exists."""
    directory = load_agencies(DELIVERED)

    assert agency_findings(DELIVERED) == []
    police = directory.find("11441500MB2C90123X")
    assert police is not None
    assert (police.name, police.region_code) == ("市公安局", "441500")
    assert all(email.endswith(".example") for email in emails_of(directory))


def emails_of(directory: AgencyDirectory) -> list[str]:
    """All addresses of a directory."""
    known = [*directory.agencies.values(), *([directory.bureau] if directory.bureau else [])]
    return [contact.email for agency in known for contact in agency.contacts]


@pytest.mark.requirement("R-10")
def test_contacts_keep_their_order_and_roles() -> None:
    """The agency's contacts are written to first, then its head, then the bureau."""
    tiers = load_agencies(DELIVERED).tiers("11441500MB2E67890A")

    assert [[contact.email for contact in tier] for tier in tiers] == [
        ["register@shichang.example", "complaints@shichang.example"],
        ["head@shichang.example"],
        ["haochaping@bureau.example"],
    ]
    assert tiers[1][0].role is ContactRole.HEAD


@pytest.mark.requirement("R-19")
def test_unknown_agency_is_for_the_bureau() -> None:
    """What matches no agency is told to the bureau."""
    ((bureau,),) = load_agencies(DELIVERED).tiers("nobody")

    assert bureau.email == "haochaping@bureau.example"


@pytest.mark.parametrize(
    ("good", "bad", "finding"),
    [
        ('"11441500MB2C90123X"', '"11441500mb2c90123x"', "5: agency 1, code: '11441500mb2c90123x' is no"),
        ('"11441500MB2C90123X"', '"11441500MB2C9O123X"', "5: agency 1, code: '11441500MB2C9O123X' is no"),
        ('"441500"', '"4415"', "7: agency 1, region_code: '4415' is no code of a region"),
        ('"441500"', "441500", "7: agency 1, region_code is no text, write it in double quotes"),
        ("a@gongan.example", "gongan", "8: agency 1, contacts 1, email: 'gongan' is no email address"),
        ("a@gongan.example", "a@b.example, c@d", "8: agency 1, contacts 1, email: 'a@b.example, c@d' is"),
        ("a@gongan.example", "a@-gongan.example", "8: agency 1, contacts 1, email: 'a@-gongan.example' is"),
        ("a@gongan.example", "a@gongan..example", "8: agency 1, contacts 1, email: 'a@gongan..example' is"),
        ("a@gongan.example", "科@gongan.example", "8: agency 1, contacts 1, email: '科@gongan.example' is"),
        (
            'bureau.example"',
            'b.example", role = "boss"',
            "3: bureau, contacts 1, role is no role of a contact",
        ),
        ("region_code", "regoin_code", "7: agency 1, regoin_code is not known, write region_code"),
        ('[{ name = "科", email = "a@gongan.example" }]', "[]", "8: agency 1, contacts: nobody is named"),
        ('contacts = [{ name = "科", email = "a@gongan.example" }]', "", "4: agency 1, contacts is missing"),
        ("[bureau]", "[bureaux]", "1: the bureau is not named, add [bureau]"),
        ("[bureau]", "[bureaux]", "1: bureaux is not known, write bureau"),
        ('"市公安局"', '" "', "6: agency 1, name is empty, fill it in"),
        ("[[agency]]", "[agency]", "4: agency is no list"),
    ],
)
def test_fault_is_told_with_its_line(tmp_path: Path, good: str, bad: str, finding: str) -> None:
    """Each fault names its line, the entry and the remedy; the file is refused as a whole."""
    path = file_of(tmp_path, GOOD.replace(good, bad))

    lines = lines_of(path)

    assert any(line.startswith(finding) for line in lines), lines
    with pytest.raises(ConfigurationError, match="cannot be used"):
        load_agencies(path)


def test_all_faults_are_told_in_the_order_of_lines(tmp_path: Path) -> None:
    """A repeated code and a bad address are both told."""
    again = GOOD[GOOD.index("[[agency]]") :].replace("a@", "")
    path = file_of(tmp_path, GOOD + again)

    first, second = lines_of(path)

    assert first == (
        f"10: the code 11441500MB2C90123X stands a second time, first at {path}:5, give each agency one entry"
    )
    assert second.startswith("13: agency 2, contacts 1, email:")


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A missing directory is a finding, not a crash."""
    (finding,) = agency_findings(tmp_path / "none.toml")

    assert "cannot be read" in finding.problem
