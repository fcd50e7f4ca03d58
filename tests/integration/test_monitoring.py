"""Prometheus' own tool reads the rules and plays their tests; a real process exposes what they ask for."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.adapters.clock import MovableClock
from gateway.bootstrap.surroundings import MeasureSurroundings
from gateway.domain.flow.instructions import Prompt
from gateway.settings import load_settings
from gateway.telemetry.metrics import Metrics
from tests.architecture.source import ROOT
from tests.architecture.test_monitoring import rules
from tests.integration.conftest import Rig, open_rig_with

MONITORING = ROOT / "docker/monitoring"


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed; run `make servers`")
@pytest.mark.parametrize("words", ["check config prometheus.yaml", "test rules alerts_test.yaml"])
def test_prometheus_understands_the_rules(words: str) -> None:
    """Each alert rings when it should and not before."""
    done = subprocess.run(
        ["promtool", *words.split()], cwd=MONITORING, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "SUCCESS" in done.stdout


WATCHED = re.compile(r"(?:increase|rate)\((\w+_total)(?:\{(.*?)\})?\[")
"""A counter that an alert watches rising, and its selector."""
BY_PBX = {
    "HAOCHAPING_VOICE__PROVIDER": "asterisk",
    "HAOCHAPING_ASTERISK__URL": "http://127.0.0.1:1/ari",
    "HAOCHAPING_ASTERISK__USERNAME": "haochaping",
    "HAOCHAPING_ASTERISK__PASSWORD": "nobody asks for it",
}


class Silence:
    """No prompt has audio (`PromptAudio`); nobody calls."""

    async def file_of(self, prompt: Prompt) -> None:
        """None, of any."""


def choices(selector: str) -> list[dict[str, str]]:
    """Each combination of the values that a selector names; of those it rules out nothing is asked."""
    named = [
        [(label, value) for value in values.split("|")]
        for label, values in re.findall(r'(\w+)=~?"(.*?)"', selector)
    ]
    return [dict(chosen) for chosen in product(*named)]


async def test_what_alerts_watch_rising_is_there_from_the_start(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """To Prometheus, a counter that first appears as 1 has not risen, and one that never did is not zero."""
    async with (
        open_rig_with(database_url, tmp_path, clock, BY_PBX, audio=Silence()) as rig,
        rig.http.get(f"{rig.url}/metrics") as answer,
    ):
        families = text_string_to_metric_families(await answer.text())
    begun = [(sample.name, sample.labels.items()) for family in families for sample in family.samples]
    watched = {found for rule in rules() for found in WATCHED.findall(rule["expr"])}

    missing = [
        (name, chosen)
        for name, selector in sorted(watched)
        for chosen in choices(selector)
        if not any(name == exposed and chosen.items() <= labels for exposed, labels in begun)
    ]
    assert watched
    assert missing == []


async def test_a_process_tells_of_its_surroundings(
    rig: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checks, disk, copies and, where the database has one, its clock: looked at for each scrape.

    Of the disk also where nothing is written yet and `var` does not exist.
    """
    (empty := tmp_path / "empty").mkdir()
    monkeypatch.chdir(empty)
    async with rig.http.get(f"{rig.url}/metrics") as answer:
        figures = await answer.text()

    assert 'haochaping_check_passing{check="database"} 1.0' in figures
    skew = [line for line in figures.splitlines() if line.startswith("haochaping_clock_skew_seconds ")]
    on_postgresql = rig.gateway.database.engine.dialect.name == "postgresql"
    assert [abs(float(line.split()[1])) < 5 for line in skew] == ([True] if on_postgresql else [])
    assert 'haochaping_disk_free_bytes{place="var"}' in figures
    assert ('haochaping_disk_free_bytes{place="database"}' in figures) is not on_postgresql
    assert "newest_backup" not in figures

    (copies := tmp_path / "copies").mkdir()
    assert await age_of_the_newest(rig, copies) == math.inf
    (copies / "gateway-1").write_text("whole", encoding="utf-8")
    assert abs(await age_of_the_newest(rig, copies)) < 3600


async def age_of_the_newest(rig: Rig, folder: Path) -> float:
    """What is exposed where the settings name this folder."""
    settings, metrics = load_settings(environ={"HAOCHAPING_DATABASE__BACKUPS": str(folder)}), Metrics()
    await MeasureSurroundings(settings, rig.gateway.database, metrics)()
    shown = metrics.expose().decode()
    (age,) = re.findall(r"^haochaping_newest_backup_age_seconds (.+)$", shown, re.MULTILINE)
    return float(age)
