"""`haochaping` itself: its list of commands, its version, and how fast it is with a small question."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer

from gateway.cli.main import DUTIES, Duty
from tests.unit.cli.command import haochaping

ROOT = Path(__file__).parents[3]
HEAVY = {"aiohttp", "uvloop", "sqlalchemy", "alembic", "jinja2", "cryptography", "twilio", "yaml"}
WATCHED = """
import pathlib, sys
from gateway.cli.main import run
try:
    run(sys.argv[2:])
finally:
    pathlib.Path(sys.argv[1]).write_text(" ".join(name for name in sys.modules if "." not in name))
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["sms", "parse", "4 等太久"], ["keys", "new"]]
)
def test_small_questions_load_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    """Neither web server nor database is loaded to read one reply or to show the commands."""
    seen = tmp_path / "modules"

    subprocess.run([sys.executable, "-c", WATCHED, seen, *arguments], cwd=ROOT, check=True)

    loaded = set(seen.read_text(encoding="utf-8").split())
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_help_lists_every_duty(capsys: pytest.CaptureFixture[str]) -> None:
    """Each command stands there with what it does."""
    told = haochaping(capsys, "--help")

    assert told.exit_code == 0
    for duty in DUTIES:
        assert duty.name in told.output


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.name)
def test_every_duty_loads_and_explains_itself(duty: Duty, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` of each command and of each sub-command works."""
    name, loaded = duty.name, duty.load()
    commands = loaded.registered_commands if isinstance(loaded, typer.Typer) else []
    assert haochaping(capsys, name, "--help").exit_code == 0
    for command in commands:
        assert command.callback is not None
        sub = command.name or command.callback.__name__.replace("_", "-")
        told = haochaping(capsys, name, sub, "--help")
        assert told.exit_code == 0
        assert "Usage" in told.output


def test_the_version_is_the_distribution_s(capsys: pytest.CaptureFixture[str]) -> None:
    """One version, told by the command and by the package's metadata."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert haochaping(capsys, "--version").output == f"haochaping {project['version']}\n"


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """It exits 2 and names the word."""
    told = haochaping(capsys, "nonsense")

    assert told.exit_code == 2
    assert "nonsense" in told.errors


@pytest.mark.parametrize(
    "arguments",
    [["serve"], ["db", "check"], ["outbox", "list"], ["keys", "rotate"], ["purge"]],
    ids=" ".join,
)
def test_a_broken_settings_file_is_told_by_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line for each fault, `file:line: what, how to mend`, exit 1 and no traceback."""
    path = tmp_path / "gateway.toml"
    path.write_text('[server]\nprot = 8080\n[privacy]\nretention = "soon"\n', encoding="utf-8")

    told = haochaping(capsys, *arguments, "--config", str(path))

    remedy = "write a number with s, m, h, d or w, such as 90s, 24h or 30d"
    assert told.exit_code == 1
    assert told.output == ""
    assert told.errors.splitlines() == [
        f"{path}:2: unknown key 'prot' in [server], write port, or take it out",
        f"{path}:4: privacy.retention is not a duration, {remedy}",
    ]


@pytest.mark.parametrize(
    ("content", "line", "fault"),
    [(None, "", "cannot be read"), ("[server\n", ":1", "is not TOML")],
    ids=["missing", "malformed"],
)
def test_a_settings_file_that_cannot_be_read_is_told(
    content: str | None, line: str, fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing or malformed: one line with the place."""
    path = tmp_path / "gateway.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")

    told = haochaping(capsys, "db", "check", "--config", str(path))

    assert told.exit_code == 1
    (only,) = told.errors.splitlines()
    assert only.startswith(f"{path}{line}: {fault}")
