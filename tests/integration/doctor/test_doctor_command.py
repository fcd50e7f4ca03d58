"""`haochaping doctor` as a whole: what it prints, its exit code, and what it never shows."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from time import time

import pytest

from gateway.bootstrap.doctor import copies, disk, files, keys, limits, rules
from gateway.bootstrap.doctor.clocks import judge as judge_clock
from gateway.bootstrap.doctor.file_systems import kind_in
from gateway.domain.diagnoses import Verdict
from gateway.settings import load_settings
from tests.integration.doctor.conftest import Examine, troubles
from tests.unit.cli.command import haochaping

GIB = 1024**3
MOUNTS = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:40 / /srv/city\\040data rw - nfs4 server:/export rw
23 22 8:2 / /srv/city\\040data/local rw - xfs /dev/sdb1 rw
"""


def test_it_prints_a_table_or_json_and_fails_when_something_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing runs, so the public URL fails: exit 1. Nothing is made by looking."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAOCHAPING_SERVER__PORT", "9")

    table = haochaping(capsys, "doctor")
    lines = haochaping(capsys, "doctor", "--json")

    documents = [json.loads(line) for line in lines.output.splitlines()]
    assert (table.exit_code, lines.exit_code) == (1, 1)
    assert {document["check"] for document in documents if document["verdict"] == "fail"} == {"public url"}
    assert all(document["remedy"] for document in documents if document["verdict"] != "ok")
    assert "1 fail" in table.errors
    assert list(tmp_path.iterdir()) == []


def test_settings_that_cannot_be_read_are_all_that_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line for each fault, with its remedy."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAOCHAPING_VOICE__PROVIDER", "twilio")

    told = haochaping(capsys, "doctor", "--json")

    documents = [json.loads(line) for line in told.output.splitlines()]
    assert told.exit_code == 1
    assert {document["check"] for document in documents} == {"settings"}
    assert len(documents) > 1


async def test_the_key_file_is_nobody_elses(examine: Examine, tmp_path: Path) -> None:
    """Missing: doubted. Readable by others, or spoilt: failed. Given by settings: sound."""
    missing = await examine(keys.examine)
    file = tmp_path / "var/keys/privacy.key"
    file.parent.mkdir(parents=True)
    file.write_text(b64encode(b"k" * 32).decode(), encoding="ascii")
    file.chmod(0o644)
    shown = await examine(keys.examine)
    file.chmod(0o600)
    good = await examine(keys.examine)
    file.write_text("spoilt", encoding="ascii")
    spoilt = await examine(keys.examine)
    given = await examine(keys.examine, privacy__keys=json.dumps([b64encode(b"k" * 32).decode()]))

    verdicts = [found[0].verdict for found in (missing, shown, good, spoilt, given)]
    assert verdicts == [Verdict.WARN, Verdict.FAIL, Verdict.OK, Verdict.FAIL, Verdict.OK]


async def test_secrets_in_files_are_nobody_elses(
    examine: Examine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others may read is doubted, what others may write fails."""
    modes = {"API__TOKENS": 0o600, "TWILIO__AUTH_TOKEN": 0o644, "CORE_STORE__TOKEN": 0o666}
    for key, mode in modes.items():
        file = tmp_path / key
        file.write_text("secret-token", encoding="utf-8")
        file.chmod(mode)
        monkeypatch.setenv(f"HAOCHAPING_{key}_FILE", str(file))

    found = [each for each in await examine(files.examine) if each.check == "secrets"]

    assert sorted(each.verdict.value for each in found) == ["fail", "ok", "warn"]
    assert "secret-token" not in repr(found)


async def test_faulty_files_are_told(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `haochaping check` tells them."""
    monkeypatch.setenv("HAOCHAPING_VOICE__FLOW", "nobody_knows")

    assert "there is no flow" in troubles(await examine(files.examine))[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rules__timezone": "Europe/London"}, "not China's time"),
        ({"rules__quiet_hours": ""}, "no quiet hours"),
        ({"rules__quiet_hours": "08:00-21:00"}, "do not hold at midnight"),
        ({"rules__quiet_hours": "10:00-09:00"}, "little of the day"),
    ],
)
async def test_rules_that_no_city_means_are_doubted(
    changes: dict[str, str], words: str, examine: Examine
) -> None:
    """Each with what to write."""
    doubts = troubles(await examine(rules.examine, **changes), Verdict.WARN)

    assert any(words in doubt for doubt in doubts)


def test_a_year_that_nobody_has_announced_is_doubted() -> None:
    """Deadlines around its holidays would be wrong; days of one's own make it known."""
    calendar = load_settings(environ={}).rules_for_domain().calendar
    told = replace(calendar, workdays=frozenset({date(2049, 10, 9)}))

    assert list(rules.judge_year(calendar, 2026)) == []
    assert [each.verdict for each in rules.judge_year(calendar, 2049)] == [Verdict.WARN]
    assert list(rules.judge_year(told, 2049)) == []


def test_measures_are_judged() -> None:
    """Disk, open files and clocks, by their thresholds."""
    assert disk.judge("/", GIB // 2, 100 * GIB).verdict is Verdict.FAIL
    assert disk.judge("/", 4 * GIB, 100 * GIB).verdict is Verdict.WARN
    assert disk.judge("/", 4 * GIB, 10 * GIB).verdict is Verdict.OK
    assert [limits.judge(n).verdict for n in (256, 1024, 65536)] == [Verdict.FAIL, Verdict.WARN, Verdict.OK]
    half = timedelta(seconds=0.5)
    assert judge_clock("it", timedelta(seconds=90), half).verdict is Verdict.FAIL
    assert judge_clock("it", timedelta(seconds=-4), half).verdict is Verdict.WARN
    assert judge_clock("it", timedelta(seconds=4), 4 * half * 2).verdict is Verdict.OK


def test_the_innermost_mount_says_the_file_system() -> None:
    """Names with blanks are written in octal by the kernel."""
    assert kind_in(MOUNTS, Path("/var/lib/gateway.db")) == "ext4"
    assert kind_in(MOUNTS, Path("/srv/city data/gateway.db")) == "nfs4"
    assert kind_in(MOUNTS, Path("/srv/city data/local/gateway.db")) == "xfs"


async def test_nights_without_a_copy_are_told(examine: Examine, tmp_path: Path) -> None:
    """No folder, none in it, one of tonight, one of the day before yesterday; unset, nothing is said."""
    folder = tmp_path / "copies"
    found = [*await examine(copies.examine), *await examine(copies.examine, database__backups=str(folder))]
    folder.mkdir()
    (folder / ".gateway-1.draft").write_text("half", encoding="utf-8")
    (folder / "gateway-0").touch()
    found += await examine(copies.examine, database__backups=str(folder))
    (folder / "gateway-1").write_text("whole", encoding="utf-8")
    found += await examine(copies.examine, database__backups=str(folder))
    before = time() - timedelta(hours=48).total_seconds()
    os.utime(folder / "gateway-1", (before, before))
    found += await examine(copies.examine, database__backups=str(folder))

    assert [each.verdict for each in found] == [Verdict.FAIL, Verdict.FAIL, Verdict.OK, Verdict.FAIL]
    assert f"{folder} cannot be looked into" in found[0].finding
    assert "holds no copy" in found[1].finding
    assert "48.0 hours" in found[3].evidence
