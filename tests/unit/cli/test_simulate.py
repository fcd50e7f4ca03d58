"""`haochaping simulate`: the same seed prints the same, and a broken promise is told with its replay."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gateway.cli.main import run
from gateway.simulation import world
from gateway.simulation.ledger import Violation

SMALL = ("simulate", "--seed", "5", "--days", "1", "--citizens", "3")


def printed(hash_seed: str) -> str:
    """What a process of its own prints, whatever the order of its sets."""
    done = subprocess.run(
        [sys.executable, "-m", "gateway", *SMALL],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return done.stdout


def test_the_same_seed_prints_the_same() -> None:
    """Also in another process, in which sets and dictionaries are ordered otherwise."""
    first = printed("1")

    assert "all promises held" in first
    assert first == printed("2")


def test_a_broken_promise_is_told_with_the_command_that_replays_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, what was broken, and one command."""

    def broken(*_: object) -> None:
        raise Violation("a promise", "was broken", "citizen-1")

    monkeypatch.setattr(world, "judge", broken)
    with pytest.raises(SystemExit) as exit_:
        run(SMALL)

    told = capsys.readouterr().out
    assert exit_.value.code == 1
    assert "BROKEN: a promise" in told
    assert "haochaping simulate --seed 5 --days 1 --citizens 3 --processes 2 --faults heavy" in told
