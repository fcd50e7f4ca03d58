"""`haochaping check`: every fault of an installation at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.cli.command import haochaping

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, as after an installation."""
    monkeypatch.chdir(tmp_path)


def test_the_delivered_files_are_faultless(capsys: pytest.CaptureFixture[str]) -> None:
    """Without any configuration it exits 0 and says so in one line."""
    told = haochaping(capsys, "check")

    assert (told.exit_code, told.errors) == (0, "")
    assert told.output.startswith("OK")
    assert len(told.output.splitlines()) == 1


def test_one_s_own_configuration_folder_hides_no_delivered_profile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder config/ with settings alone does not take the profiles away."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "gateway.toml").write_text("[server]\nport = 8081\n", encoding="utf-8")

    assert haochaping(capsys, "check").exit_code == 0


def test_all_faults_are_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken settings hide neither broken agencies nor flows, texts or profile that they name."""
    for folder in ("ivr_flows", "sms_templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    flow = tmp_path / "ivr_flows" / "hotline_rating.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("start:", "begin:", 1), encoding="utf-8")
    (tmp_path / "sms_templates" / "zh-CN" / "thanks.j2").write_text("{{ phone }}\n", encoding="utf-8")
    (tmp_path / "agencies.toml").write_text('[[agency]]\ncode = "1"\n', encoding="utf-8")
    settings = tmp_path / "gateway.toml"
    settings.write_text(
        '[server]\nprot = 1\n[agencies]\nfile = "agencies.toml"\n[core_store]\nprofile = "nobody"\n'
        '[voice]\nflow = "elsewhere"\n',
        encoding="utf-8",
    )

    told = haochaping(capsys, "check", "--config", str(settings))

    assert told.exit_code == 1
    assert told.errors == ""
    lines = told.output.splitlines()
    for place in (
        f"{settings}:2: ",
        "agencies.toml:",
        "ivr_flows/hotline_rating.yaml",
        "voice.flow: there is no flow 'elsewhere', write one of: hotline_rating",
        "sms_templates/zh-CN/thanks.j2:1: ",
        "core_store.profile: ",
    ):
        assert [line for line in lines if line.startswith(place)], place
    assert len(lines) == len(set(lines))


def test_a_key_that_cannot_be_read_leaves_the_rest_in_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a broken file names is still looked at: here its own directory of agencies."""
    (tmp_path / "own.toml").write_text("[bureau\n", encoding="utf-8")
    settings = tmp_path / "gateway.toml"
    settings.write_text('[server]\nport = "x"\n[agencies]\nfile = "own.toml"\n', encoding="utf-8")

    told = haochaping(capsys, "check", "--config", str(settings))

    assert [line.partition(":")[0] for line in told.output.splitlines()] == [str(settings), "own.toml"]
