"""What everybody in a simulated world shares: time, chance, trouble, the ledger and the timeline."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime, timedelta

from gateway.simulation.chance import Chance
from gateway.simulation.handling_ledger import HandlingLedger
from gateway.simulation.ledger import Given, Ledger, Violation
from gateway.simulation.surroundings import BEGINNING
from gateway.simulation.timeline import Timeline
from gateway.simulation.trouble import Rates, Trouble


class Scene:
    """One world's common ground."""

    def __init__(self, seed: int, rates: Rates, loop: asyncio.AbstractEventLoop) -> None:
        self.chance = Chance(seed)
        self.trouble = Trouble(rates, self.chance.stream("trouble"))
        self.timeline = Timeline()
        self.ledger = Ledger()
        self.handling = HandlingLedger()
        self.broken: asyncio.Future[Violation] = loop.create_future()
        """Done with the first broken promise."""
        self.database_away_until = 0.0
        """Until when no process reaches the database."""
        self.calm_since = 0.0
        """Since when everything works; 0 while it does not yet."""
        self.offices_close_at = math.inf
        """After which agencies do nothing any more: what they did is to arrive before the judges do."""
        self.worst_skew = 0.0
        """By how many seconds the clock of any process was ever off."""
        self._loop = loop

    @property
    def now(self) -> float:
        """Virtual seconds since the world began."""
        return self._loop.time()

    @property
    def moment(self) -> datetime:
        """The same as a perfect clock shows it."""
        return BEGINNING + timedelta(seconds=self.now)

    def may_answer_result(self, given: Given) -> bool:
        """Whether it may have been taken for the answer to a result: `handling_judges` counts those."""
        return not given.names_service and bool(self.handling.results_of[given.citizen])

    def note(self, about: str, words: str, kind: str = "") -> None:
        """Tell the timeline."""
        self.timeline.add(self.now, about, words, kind)

    def break_promise(self, violation: Violation) -> None:
        """Somebody saw a promise broken: the first one ends the world.

        Not raised where it is seen: that may be within the gateway, which would carry on.
        """
        if not self.broken.done():
            self.note("", f"BROKEN {violation}")
            self.broken.set_result(violation)
