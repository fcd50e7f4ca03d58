"""The documents speak of what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md"))
REQUIREMENTS = "docs/requirements.md"


def text_of(page: str) -> str:
    """A page's text."""
    return (ROOT / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_paths_and_links_lead_somewhere(page: str) -> None:
    """Every module that a page names exists, and every link between pages."""
    named = re.findall(r"`((?:gateway|tests)/[\w./-]*)`", text_of(page))
    linked = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text_of(page))
    places = [ROOT / name for name in named] + [(ROOT / page).parent / link for link in linked]

    missing = [str(place) for place in places if not place.exists()]
    assert missing == []


def test_every_clause_has_its_row() -> None:
    """The requirements page has R-1 to R-20, each once and in order."""
    rows = re.findall(r"^\| (R-\d+) \|", text_of(REQUIREMENTS), re.MULTILINE)

    assert rows == [f"R-{number}" for number in range(1, 21)]


def test_tests_point_at_clauses_that_exist() -> None:
    """A mark with a slip in its number would hold the product to nothing."""
    clauses = {f"R-{number}" for number in range(1, 21)}
    marks = {
        mark
        for path in (ROOT / "tests").rglob("*.py")
        for mark in re.findall(r'requirement\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }

    assert marks - clauses == set()


def test_glossary_names_classes_that_exist() -> None:
    """A class that the glossary gives for a term is one of the domain."""
    classes = {
        name
        for path in (ROOT / "gateway/domain").rglob("*.py")
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    rows = [line.split("|") for line in text_of("docs/glossary.md").splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`([A-Z]\w+)`", row[4])}

    assert named - classes == set()
    assert len(named) > 20


def test_decisions_are_numbered_without_gaps() -> None:
    """File name and heading carry the same number, from 1 on."""
    pages = sorted((ROOT / "docs/adr").glob("*.md"))
    headings = [page.read_text(encoding="utf-8").partition(".")[0] for page in pages]

    expected = list(range(1, len(pages) + 1))
    assert [int(page.name[:4]) for page in pages] == expected
    assert headings == [f"# {number}" for number in expected]
