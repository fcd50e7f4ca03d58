"""Files that commands write."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.written_files import write_file
from gateway.domain.errors import InvalidInput
from tests.unit.cli.command import haochaping


def test_what_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """A folder that is not there, and one in the place of the file."""
    for path in (tmp_path / "none" / "x.csv", tmp_path):
        with pytest.raises(InvalidInput, match="cannot be written") as raised:
            write_file(path, "统计")
        assert raised.value.pointer == str(path)
    write_file(tmp_path / "x.csv", "统计")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8") == "统计"


def test_an_audit_whose_result_cannot_be_kept_tells_it_all_the_same__regression(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It went through everything; that it ends in a traceback helped nobody."""
    monkeypatch.chdir(tmp_path)
    haochaping(capsys, "db", "upgrade")

    told = haochaping(capsys, "audit", "verify", "--write", "none/heads.ndjson")

    assert told.exit_code == 1
    assert "0 faults" in told.output
    assert "none/heads.ndjson: cannot be written" in told.errors


def test_an_address_that_is_none_of_ours_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another port would not help."""
    monkeypatch.chdir(tmp_path)

    told = haochaping(capsys, "demo", "--host", "192.0.2.1", "--data", "demo")

    assert told.exit_code == 1
    assert "server.host: 192.0.2.1 is no address of this machine" in told.errors
