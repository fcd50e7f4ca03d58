"""`haochaping bureau`: the operator makes the first officer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.adapters.agency_file import load_agencies
from gateway.cli.main import run


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Settings with a fresh database."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "gateway.toml"
    path.write_text(
        f'[server]\npublic_url = "https://rating.example"\n[database]\nurl = "sqlite:///{tmp_path}/g.db"\n'
    )
    command("db", "upgrade", "--config", str(path))
    return str(path)


def command(*arguments: str) -> int:
    """Run it; its exit code."""
    try:
        run(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_the_first_officer_is_made_by_the_operator(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    """There is no password to begin with: a link is handed over."""
    assert (
        command("bureau", "add", "Zhang", "--name", "张三", "--role", "administrator", "--config", config)
        == 0
    )
    assert "https://rating.example/bureau/enrol/" in capsys.readouterr().out
    assert command("bureau", "list", "--config", config) == 0
    assert "zhang\t张三\tadministrator\tinvited" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "zhang", "--name", "x"), "somebody has this login name"),
        (("add", "a b", "--name", "x"), "is no login name"),
        (("add", "li", "--name", " "), "is no name"),
        (("change", "li", "--inactive"), "nobody has this login name"),
        (("change", "zhang", "--role", "viewer"), "the last administrator"),
        (("invite", "li"), "nobody has this login name"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    config: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    """With what to do instead; nothing is changed."""
    command("bureau", "add", "zhang", "--name", "张三", "--role", "administrator", "--config", config)
    capsys.readouterr()

    assert command("bureau", *arguments, "--config", config) == 1
    assert said in capsys.readouterr().err


def test_an_officer_is_unlocked_signed_out_and_invited_afresh(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each says what became of it."""
    command("bureau", "add", "zhang", "--name", "张三", "--config", config)
    for act in ("unlock", "sign-out", "invite"):
        assert command("bureau", act, "zhang", "--config", config) == 0
    assert command("bureau", "change", "zhang", "--name", "张四", "--inactive", "--config", config) == 0
    assert "zhang: officer, inactive" in capsys.readouterr().out


def test_what_holds_of_agencies_is_written_as_a_file(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the terminal or into a file, which the gateway could read; a folder is none."""
    file = tmp_path / "agencies.toml"
    assert command("agencies", "export", "--config", config) == 0
    printed = capsys.readouterr().out
    assert command("agencies", "export", "--output", str(file), "--config", config) == 0
    assert command("agencies", "export", "--output", str(tmp_path), "--config", config) == 1

    assert file.read_text(encoding="utf-8") == printed
    assert "11441500MB2C90123X" in load_agencies(file).agencies


def tamper(path: Path, statement: str) -> None:
    """As somebody does who has the file."""
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


def test_the_ledger_is_verified_too(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each entry follows from the one before; how far it had come is written for a later run."""
    heads = tmp_path / "heads.ndjson"
    add = ("bureau", "add", "--name", "张三", "--config", config)
    assert command(*add, "zhang") == 0
    assert command("audit", "verify", "--write", str(heads), "--config", config) == 0
    assert command(*add, "li") == 0
    assert command("audit", "verify", "--against", str(heads), "--config", config) == 0
    assert "2 entries of the ledger verified, 0 faults" in capsys.readouterr().out

    tamper(tmp_path / "g.db", "DELETE FROM ledger WHERE entry_no = 1")
    assert command("audit", "verify", "--against", str(heads), "--config", config) == 0
    tamper(tmp_path / "g.db", "UPDATE ledger SET actor = 'x'")
    assert command("audit", "verify", "--config", config) == 1
    assert "entry 2 was changed" in capsys.readouterr().out
