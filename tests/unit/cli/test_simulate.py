"""`haochaping simulate`: the same seed prints the same, and a broken promise is told with its replay."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gateway.cli import simulate
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


def broken(*_: object) -> None:
    """Judges that find fault with every world."""
    raise Violation("a promise", "was broken", "citizen-1")


def test_a_broken_promise_is_told_with_the_command_that_replays_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, what was broken, and one command."""
    monkeypatch.setattr(world, "judge", broken)
    with pytest.raises(SystemExit) as exit_:
        run(SMALL)

    told = capsys.readouterr().out
    assert exit_.value.code == 1
    assert "BROKEN: a promise" in told
    assert "haochaping simulate --seed 5 --days 1 --citizens 3 --processes 2 --faults heavy" in told


def test_a_run_of_many_goes_on_and_tells_of_each_that_broke_a_promise(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One bad seed of thousands hides no other; the story is told of the first."""
    monkeypatch.setattr(world, "judge", broken)
    monkeypatch.setattr(simulate, "_lived", lambda plans: map(world.live, plans))
    with pytest.raises(SystemExit) as exit_:
        run([*SMALL, "--seeds", "2"])

    told = capsys.readouterr()
    assert exit_.value.code == 1
    assert [f"--seed {seed} " in told.out for seed in (5, 6)] == [True, True]
    assert told.out.count("from now on everything works") == 1
    assert "2 worlds, 2 broken" in told.err
