"""`haochaping import` as an operator types it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli.main import run

HEADER = "service_id,kind,phone,agency_code,item_code,item_name,completed_at"
GOOD = "S-1,window,13800138000,A,1,居民身份证换领,2026-11-23T10:00:00+08:00"
Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Runs a command in an empty folder; exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run_command(*words: str) -> tuple[int, str, str]:
        try:
            run(list(words))
        except SystemExit as ending:
            code = int(ending.code or 0)
        else:
            code = 0
        return code, *capsys.readouterr()

    return run_command


def test_a_file_is_imported_and_summed_up(typed: Typed, tmp_path: Path) -> None:
    """Exit 0 when every row was kept, as a spreadsheet in China writes it."""
    (tmp_path / "services.csv").write_bytes(f"{HEADER}\r\n{GOOD}\r\n".encode("gb18030"))
    typed("db", "upgrade")
    first = typed("import", "services.csv")
    again = typed("import", "services.csv")

    assert (first[0], again[0]) == (0, 0)
    assert "1\tnew" in first[1]
    assert "1\tknown already" in again[1]


@pytest.mark.requirement("R-18")
def test_rejected_rows_are_pointed_to(typed: Typed, tmp_path: Path) -> None:
    """Exit 1, and where they are; the screen shows no number."""
    (tmp_path / "services.csv").write_text(f"{HEADER}\n{GOOD}\n{GOOD.replace('window', 'x')}\n", "utf-8")
    typed("db", "upgrade")
    code, out, err = typed("import", "services.csv")

    assert code == 1
    assert "1\trejected" in out
    assert "services.csv.rejected.csv" in err
    assert "13800138000" not in out + err


def test_a_file_that_cannot_be_read_is_one_clear_line(typed: Typed, tmp_path: Path) -> None:
    """Place, fault and remedy; nothing is loaded."""
    (tmp_path / "services.csv").write_text("service_id,telephone\nS-1,1\n", "utf-8")
    code, _, err = typed("import", "services.csv")

    assert code == 1
    assert "services.csv:1: there is no column 'telephone'" in err
    assert "item_code" in err
    assert "Traceback" not in err


def test_a_database_without_schema_is_said(typed: Typed, tmp_path: Path) -> None:
    """With the command that makes it; the file stays to be imported."""
    (tmp_path / "services.csv").write_text(f"{HEADER}\n{GOOD}\n", "utf-8")
    code, _, err = typed("import", "services.csv")

    assert code == 1
    assert "haochaping db upgrade" in err
    assert "run the same command again" in err
