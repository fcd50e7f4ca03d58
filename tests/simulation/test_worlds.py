"""Worlds in which everything goes wrong, and every promise holds all the same."""

from __future__ import annotations

import time

import pytest

from gateway.simulation.world import Outcome, WorldPlan, live, replay_command

SMALL = {"days": 2.0, "citizens": 8}
FIXED = range(1, 13)
FRESH = 6


def lived(seed: int, faults: str = "heavy") -> Outcome:
    """A small world that held."""
    outcome = live(WorldPlan(seed=seed, faults=faults, days=SMALL["days"], citizens=int(SMALL["citizens"])))
    assert outcome.violation is None, f"{outcome.violation}\nreplay: {replay_command(outcome.plan)}"
    return outcome


@pytest.mark.requirement("R-8")
@pytest.mark.requirement("R-9")
@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("seed", FIXED)
def test_fixed_worlds_hold(seed: int) -> None:
    """With crashes, faults, lost and doubled messages: nothing lost, nothing doubled, nobody disturbed."""
    outcome = lived(seed)

    assert outcome.timeline.counts["crashes"] > 0
    assert outcome.evaluations > 0


def test_a_quiet_world_holds() -> None:
    """Where nothing goes wrong, no trouble is counted and everything is recorded."""
    outcome = lived(1, faults="none")

    assert outcome.troubles == {}
    assert outcome.timeline.counts["keys acknowledged"] == outcome.timeline.counts["keys that rate"] > 0


def test_fresh_worlds_hold() -> None:
    """Seeds that nobody has seen before; the failure names the one command that replays it."""
    first = int(time.time())
    for seed in range(first, first + FRESH):
        lived(seed)


def test_the_same_seed_is_the_same_world() -> None:
    """Every line of the timeline is the same, to the microsecond."""
    first, again, other = lived(5), lived(5), lived(6)

    assert first.timeline.digest == again.timeline.digest != other.timeline.digest
