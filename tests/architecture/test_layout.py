"""The source keeps to its own measures: small modules, small functions, honest names, tests that speak."""

from __future__ import annotations

import ast
from statistics import median

from gateway import __version__
from tests.architecture.source import ROOT, all_tests, functions, modules, named, parsed

LARGEST_MODULE = 400
LARGEST_TEST_MODULE = 600
LARGEST_FUNCTION = 40
MEDIAN_MODULE = 80
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "data", "info", "base"}
HISTORY = "gateway/adapters/database/migrations/versions/"
"""Migrations are written once and never touched again; they are as long as they have to be."""
TABLES = {"gateway/web/api/route_table.py"}
"""Functions that are one table each, read row by row."""
STAGE = range(1, 21)
"""All clauses: docs/requirements.md leaves none to a later version."""


def lines(name: str) -> int:
    """How long a file is."""
    return len((ROOT / name).read_text(encoding="utf-8").splitlines())


def test_modules_are_small() -> None:
    """None is longer than what a reader keeps in mind; most are much shorter."""
    sizes = {named(path): lines(named(path)) for path in modules("gateway")}
    own = {name: size for name, size in sizes.items() if not name.startswith(HISTORY)}

    assert [name for name, size in own.items() if size > LARGEST_MODULE] == []
    assert median(own.values()) <= MEDIAN_MODULE


def test_test_modules_are_small() -> None:
    """What is about one thing stays about one thing."""
    long = [named(path) for path in modules("tests") if lines(named(path)) > LARGEST_TEST_MODULE]

    assert long == []


def test_functions_are_small() -> None:
    """Each fits on a screen."""
    long = [
        f"{named(path)} {each.name}"
        for path in modules("gateway")
        if not named(path).startswith(HISTORY) and named(path) not in TABLES
        for each in functions(path)
        if (each.end_lineno or each.lineno) - each.lineno + 1 > LARGEST_FUNCTION
    ]

    assert long == []


def test_no_module_is_named_for_nothing() -> None:
    """A name says what is inside; these say that somebody did not know."""
    vague = [
        named(path)
        for path in (*modules("gateway"), *modules("tests"))
        if VAGUE & {path.stem, path.parent.name}
    ]

    assert vague == []


def test_every_module_says_what_it_is() -> None:
    """The first line of each is a docstring."""
    silent = [
        named(path)
        for path in (*modules("gateway"), *modules("tests"))
        if ast.get_docstring(parsed(path)) is None
    ]

    assert silent == []


def test_every_test_states_a_behaviour() -> None:
    """A test without a docstring tells nobody what broke."""
    silent = [f"{named(path)}::{each.name}" for path, each in all_tests() if ast.get_docstring(each) is None]

    assert silent == []


def test_every_test_can_fail() -> None:
    """A test asserts something, expects an error, or hands over to what does."""
    idle = [
        f"{named(path)}::{each.name}"
        for path, each in all_tests()
        if not any(isinstance(node, ast.Assert | ast.Call) for node in ast.walk(each))
    ]

    assert idle == []


def test_every_clause_of_this_stage_is_held_by_a_test() -> None:
    """Each R-n that the version touches has at least one test marked with it."""
    marked = {
        argument.value
        for path in modules("tests")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.requirement"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    }

    assert {f"R-{number}" for number in STAGE} - marked == set()


def test_the_version_stands_once() -> None:
    """The package and its distribution have the same one."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'\nversion = "{__version__}"\n' in project
