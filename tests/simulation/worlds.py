"""Small worlds in which a planted fault has to show."""

from __future__ import annotations

from gateway.simulation.world import WorldPlan, live

SEEDS = 8


def broken_promises(faults: str = "heavy", citizens: int = 8, first: int = 1) -> set[str]:
    """Which promises some world breaks, from the first seed on; the first world that breaks one suffices."""
    for seed in range(first, first + SEEDS):
        outcome = live(WorldPlan(seed=seed, days=2.0, citizens=citizens, faults=faults))
        if outcome.violation is not None:
            return {outcome.violation.promise}
    return set()
