"""`haochaping demo --script`, as anybody runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.requirement("R-16")
def test_the_story_holds_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """In an empty folder: the table is printed, all of it held, exit 0, and no file stays."""
    ran = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--script"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    assert "✗" not in ran.stdout
    for told in ("Good rating by phone", "Silence, then text", "Bad rating by phone", "Opt-out"):
        assert told in ran.stdout
    assert list(tmp_path.iterdir()) == []
