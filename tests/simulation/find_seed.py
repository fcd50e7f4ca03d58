"""Find a world in which a kept fault shows: `python -m tests.simulation.find_seed [words of its name]`.

What is drawn in worlds changes with what they are made of, and then a seed may show its fault no more.
Without words all kept faults are looked through, and a seed is sought for those that have gone blind.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import count, islice
from multiprocessing import get_context

from gateway.simulation.world import WorldPlan, live
from tests.simulation.kept_faults import KEPT

_AT_A_TIME = 8
_OF_WORLDS = ("days", "citizens", "processes", "faults")


def shows(name: str, plan: WorldPlan) -> str | None:
    """What breaks in this world with the fault; None unless it is about the fault, and holds without."""
    violation = KEPT[name].shown_in(plan)
    return str(violation) if violation is not None and live(plan).violation is None else None


def found(name: str, first: int, worlds: int, like: WorldPlan) -> tuple[WorldPlan, str] | None:
    """The first world that shows it, of so many that may, from a seed on; one is lived on each processor."""
    every = (replace(like, seed=seed) for seed in count(first))
    likely = islice(filter(KEPT[name].likely, every), worlds)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        while plans := list(islice(likely, _AT_A_TIME)):
            for plan, what in zip(plans, workers.map(partial(shows, name), plans), strict=True):
                if what is not None:
                    return plan, what
    return None


def main() -> None:
    """Tell of each fault asked for in which world it shows."""
    asks = argparse.ArgumentParser(description=__doc__)
    asks.add_argument("words", nargs="?", default="", help="part of the fault's name: another seed of it")
    asks.add_argument("--first", type=int, default=1, help="the first seed")
    asks.add_argument("--worlds", type=int, default=400, help="how many worlds to live through at most")
    asks.add_argument("--days", type=float, help="these as in the world that is kept, unless told")
    asks.add_argument("--citizens", type=int)
    asks.add_argument("--processes", type=int)
    asks.add_argument("--faults")
    told = asks.parse_args()
    wished = {key: getattr(told, key) for key in _OF_WORLDS if getattr(told, key)}
    for name, fault in KEPT.items():
        if told.words not in name or (not told.words and shows(name, fault.world) is not None):
            continue
        print(f"{name}:", flush=True)
        seen = found(name, told.first, told.worlds, replace(fault.world, **wished))
        print(*seen or [f"shows in none of {told.worlds} worlds"], sep="\n", flush=True)


if __name__ == "__main__":
    main()
