"""Worlds that once broke a promise, by the name of what they found.

Whatever is drawn beside what was drawn then makes another world of the same seed: so each fault has a test of
its own as well, and these stay as worlds that must hold. Those of the first two show the fault when it is
planted again; for the others no seed was found in which it shows, and their own tests guard them.
"""

from __future__ import annotations

import pytest

from gateway.simulation.world import WorldPlan, live, replay_command

FOUND = {
    "a filing rated before its batch was known was reminded of": WorldPlan(
        seed=27, days=2.0, citizens=8, faults="none"
    ),
    "the others of a batch did not get the rating of a filing that joined late": WorldPlan(
        seed=2, days=2.0, citizens=8, faults="none"
    ),
    "a text in doubt was sent again too soon, its try noted by a clock that was behind": WorldPlan(
        seed=39, days=2.0, citizens=12, faults="extreme"
    ),
    "an answer whose time was over when its turn came became a dead letter": WorldPlan(
        seed=615, days=2.0, citizens=12, faults="extreme"
    ),
    "an item known late got the additional rating of the whole, and no first one": WorldPlan(
        seed=121, days=2.0, citizens=12, faults="extreme"
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_mended__regression(name: str) -> None:
    """The very world that found it holds now."""
    outcome = live(FOUND[name])

    assert outcome.violation is None, f"{outcome.violation}\nreplay: {replay_command(outcome.plan)}"
