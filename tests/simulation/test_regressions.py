"""Worlds that broke a promise by a fault since mended: they hold, and break it again with the fault.

A world in which its fault does not show guards nothing, and whatever is drawn beside what was drawn then
makes another world of the same seed. So both are tested, and a seed that has gone blind is replaced:
`tests/simulation/find_seed.py` looks for another one. Each fault has a test of its own as well.
"""

from __future__ import annotations

import pytest

from gateway.simulation.world import live, replay_command
from tests.simulation.kept_faults import KEPT


@pytest.mark.parametrize("name", KEPT)
def test_what_was_found_once_stays_mended__regression(name: str) -> None:
    """The world holds now."""
    outcome = live(KEPT[name].world)

    assert outcome.violation is None, f"{outcome.violation}\nreplay: {replay_command(outcome.plan)}"


@pytest.mark.parametrize("name", KEPT)
def test_what_was_found_once_would_be_found_again__regression(name: str) -> None:
    """The same world breaks the promise while the fault is planted, and by nothing else."""
    fault = KEPT[name]
    blind = f'shows no more: look for another seed by python -m tests.simulation.find_seed "{name}"'

    assert fault.shown_in(fault.world) is not None, blind
