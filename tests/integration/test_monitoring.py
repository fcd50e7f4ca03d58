"""Prometheus' own tool reads the rules and plays their tests; a real process exposes what they ask for."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.architecture.source import ROOT
from tests.integration.conftest import Rig

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


async def test_a_process_tells_of_its_surroundings(rig: Rig) -> None:
    """Checks, disk and, where the database has one, its clock: looked at for each scrape."""
    async with rig.http.get(f"{rig.url}/metrics") as answer:
        figures = await answer.text()

    assert 'haochaping_check_passing{check="database"} 1.0' in figures
    skew = [line for line in figures.splitlines() if line.startswith("haochaping_clock_skew_seconds ")]
    on_postgresql = rig.gateway.database.engine.dialect.name == "postgresql"
    assert [abs(float(line.split()[1])) < 5 for line in skew] == ([True] if on_postgresql else [])
    assert ('haochaping_disk_free_bytes{place="database"}' in figures) is not on_postgresql
