"""`haochaping simulate`: invented worlds in virtual time, and whether the promises held in them."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from hashlib import blake2b
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated, Final

import typer

from gateway.cli.terminal import print_table
from gateway.domain.errors import ConfigurationError, Unavailable

if TYPE_CHECKING:
    from gateway.simulation.world import Outcome, WorldPlan

_CHUNK: Final = 4
"""Worlds handed to a processor at a time."""
_TOLD_EVERY: Final = 100
"""Worlds after which it is told how far it is."""
_LEVELS: Final = "none, light, heavy or extreme"


def simulate(
    *,
    seed: Annotated[
        int | None, typer.Option(help="Which world; the same seed is the same world. Without it a fresh one.")
    ] = None,
    days: Annotated[float, typer.Option(min=0.1, max=366, help="How long the trouble lasts.")] = 3.0,
    citizens: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many people live there.")] = 10,
    seeds: Annotated[int, typer.Option(min=1, help="How many worlds, from this seed on.")] = 1,
    processes: Annotated[int, typer.Option(min=1, max=20, help="How many processes the gateway has.")] = 2,
    faults: Annotated[str, typer.Option(help=f"How much goes wrong: {_LEVELS}.")] = "heavy",
    database: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="A PostgreSQL server: each world makes a database of its own there and drops it in the end;"
            " the one of the URL is left alone. Without it SQLite in memory.",
        ),
    ] = "",
) -> None:
    """Run the real use cases and workers in virtual time while everything goes wrong; check all promises."""
    from gateway.simulation.trouble import LEVELS
    from gateway.simulation.world import WorldPlan

    if faults not in LEVELS:
        raise typer.BadParameter(f"write one of {_LEVELS}", param_hint="--faults")
    first = int(time.time()) if seed is None else seed
    print(f"seed {first}" + (f" to {first + seeds - 1}" if seeds > 1 else ""), flush=True)
    plans = [
        WorldPlan(
            seed=number, days=days, citizens=citizens, processes=processes, faults=faults, database=database
        )
        for number in range(first, first + seeds)
    ]
    try:
        held = _show(_lived(plans))
    except (ConfigurationError, Unavailable) as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    if not held:
        raise typer.Exit(1)


def _show(outcomes: Iterator[Outcome]) -> bool:
    """What happened in all worlds, and each promise that was broken; whether none was."""
    totals = _Totals()
    for outcome in outcomes:
        if outcome.violation is not None and not totals.broken:
            _tell_story(outcome)
        totals.add(outcome)
        if totals.worlds % _TOLD_EVERY == 0:
            print(totals.so_far, file=sys.stderr, flush=True)
    totals.show()
    return not totals.broken


def _lived(plans: Sequence[WorldPlan]) -> Iterator[Outcome]:
    """What became of each world, in their order; several are lived at once, one on each processor."""
    from gateway.simulation.world import live

    if len(plans) == 1:
        yield live(plans[0])
        return
    # Fresh interpreters: whatever this one holds open is not shared.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        try:
            yield from workers.map(live, plans, chunksize=_CHUNK)
        finally:
            workers.shutdown(cancel_futures=True)


class _Totals:
    """What happened in all worlds."""

    def __init__(self) -> None:
        self.worlds = 0
        self.broken: list[Outcome] = []
        self._began_at = time.monotonic()
        self._cpu_seconds = 0.0
        self._happened: Counter[str] = Counter()
        self._troubles: Counter[str] = Counter()
        self._evaluations = 0
        self._digest = ""

    def add(self, outcome: Outcome) -> None:
        self.worlds += 1
        if outcome.violation is not None:
            self.broken.append(outcome)
        self._cpu_seconds += outcome.cpu_seconds
        self._happened.update(outcome.timeline.counts)
        self._troubles.update(outcome.troubles)
        self._evaluations += outcome.evaluations
        own = outcome.timeline.digest
        self._digest = (
            blake2b(f"{self._digest}{own}".encode(), digest_size=8).hexdigest() if self._digest else own
        )

    @property
    def so_far(self) -> str:
        """How many worlds, how many of them broke a promise, and what they cost."""
        worlds = "1 world" if self.worlds == 1 else f"{self.worlds} worlds"
        wall = time.monotonic() - self._began_at
        return f"{worlds}, {len(self.broken)} broken; {self._cpu_seconds:.0f} s of CPU, {wall:.0f} s"

    def show(self) -> None:
        rows = [("evaluations recorded", self._evaluations), *sorted(self._happened.items())]
        rows += [(f"trouble: {name}", count) for name, count in sorted(self._troubles.items())]
        print_table(("what", "how often"), rows)
        for outcome in self.broken:
            _tell_failure(outcome)
        print(self.so_far, file=sys.stderr)
        if not self.broken:
            print(f"all promises held; digest {self._digest}")


def _tell_story(outcome: Outcome) -> None:
    """How it came to a broken promise."""
    for happening in outcome.timeline.of(outcome.violation.concerned if outcome.violation else ()):
        print(happening)


def _tell_failure(outcome: Outcome) -> None:
    """The broken promise, and how to see it again."""
    from gateway.simulation.world import replay_command

    violation = outcome.violation
    if violation is not None:
        print(f"BROKEN: {violation.promise}\n  {violation.what}")
        print(f"Replay: {replay_command(outcome.plan)}")
