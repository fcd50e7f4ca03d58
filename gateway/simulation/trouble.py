"""How much goes wrong in a world, and whether it does just now."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import Final

from gateway.simulation.chance import Chance

_MOST: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Probabilities of each trouble; of those named `…_per_day` how often a day for each process."""

    request_lost: float = 0.0
    """A carrier's or business system's request never arrives."""
    answer_lost: float = 0.0
    """It arrives and is handled, and the answer is lost."""
    request_doubled: float = 0.0
    """It arrives twice, the second time at once or a minute later."""
    request_delayed: float = 0.0
    database_refuses: float = 0.0
    """No transaction begins."""
    commit_fails: float = 0.0
    """All is undone at the last moment."""
    commit_unknown: float = 0.0
    """All is stored, and the process hears that it failed."""
    database_slow: float = 0.0
    peer_refuses: float = 0.0
    """Core store, mail server or SMS carrier cannot be reached: nothing was taken."""
    peer_errs: float = 0.0
    """It answers that it cannot now (503, 429, 4xx of SMTP): nothing was taken."""
    peer_forgets: float = 0.0
    """It took what it got, and its answer is lost."""
    peer_breaks: float = 0.0
    """It took nothing, and looks exactly as when it took it."""
    peer_slow: float = 0.0
    peer_rejects: float = 0.0
    """It refuses for good."""
    handset_off: float = 0.0
    """A text finds its handset off, and waits at the carrier, for a day at most."""
    receipt_lost: float = 0.0
    bell_lost: float = 0.0
    crashes_per_day: float = 0.0
    stops_per_day: float = 0.0
    database_outages_per_day: float = 0.0
    """Of the database for all processes, for seconds to an hour."""
    redis_outages_per_day: float = 0.0
    """Of Redis, for seconds to an hour; it may come back empty."""
    outages_per_day: float = 0.0
    """Of the core store, the mail server or the carrier as a whole, for minutes to hours."""
    jumps_per_day: float = 0.0
    """Of a process's clock, by seconds to minutes."""
    skew_seconds: float = 0.0
    """How far off the processes' clocks are at most."""

    def times(self, factor: float) -> Rates:
        """All of it more or less often."""
        return replace(self, **{f.name: _often(f.name, getattr(self, f.name) * factor) for f in fields(self)})


def _often(name: str, rate: float) -> float:
    """A probability stays below one, and lets something through."""
    return rate if name.endswith(("_per_day", "_seconds")) else min(rate, _MOST)


NONE: Final = Rates()
HEAVY: Final = Rates(
    request_lost=0.04,
    answer_lost=0.06,
    request_doubled=0.08,
    request_delayed=0.10,
    database_refuses=0.01,
    commit_fails=0.01,
    commit_unknown=0.01,
    database_slow=0.01,
    peer_refuses=0.05,
    peer_errs=0.05,
    peer_forgets=0.05,
    peer_breaks=0.03,
    peer_slow=0.05,
    peer_rejects=0.01,
    handset_off=0.15,
    receipt_lost=0.1,
    bell_lost=0.2,
    crashes_per_day=12.0,
    stops_per_day=2.0,
    database_outages_per_day=0.5,
    redis_outages_per_day=2.0,
    outages_per_day=0.5,
    jumps_per_day=1.0,
    skew_seconds=5.0,
)
LEVELS: Final = {"none": NONE, "light": HEAVY.times(0.1), "heavy": HEAVY, "extreme": HEAVY.times(3.0)}


class Trouble:
    """Decides what goes wrong; after `end()` nothing does any more."""

    def __init__(self, rates: Rates, chance: Chance) -> None:
        self.rates = rates
        self.chance = chance
        self.counts: Counter[str] = Counter()
        """How often each trouble happened."""
        self.over = False

    def end(self) -> None:
        """From now on everything works."""
        self.over = True
        self.rates = NONE

    def happens(self, name: str, probability: float) -> bool:
        """Whether this trouble happens now; counted."""
        if not self.chance.happens(probability):
            return False
        self.counts[name] += 1
        return True
