"""Texts go to a carrier no faster than it demands, and who waits for an answer goes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

from gateway.application.deliverer import Intake
from gateway.application.essentials import Essentials
from gateway.application.ports.pace import Pace
from gateway.domain.outbox import ClaimedEntry
from gateway.domain.pace import Rate
from gateway.domain.segments import count_segments


class CarrierTurns:
    """Turns at each carrier; `rates` by the carrier's name, one that is not in it takes any number."""

    def __init__(self, essentials: Essentials, pace: Pace, rates: Mapping[str, Rate]) -> None:
        self._clock = essentials.clock
        self._metrics = essentials.metrics
        self._pace = pace
        self._rates = rates

    async def take(self, carrier: str, wanted: int, *, can_wait: bool) -> Intake:
        """Turns for up to `wanted` texts; what can wait leaves some to what cannot."""
        rate = self._rates.get(carrier)
        if rate is None:
            return Intake(wanted)
        spare = rate.reserve if can_wait else 0
        turns = await self._pace.take(_line(carrier), rate, wanted, spare=spare)
        if turns.granted:
            return Intake(turns.granted, carrier=carrier)
        self._metrics.turn_awaited(carrier=carrier)
        until = self._clock.now() + timedelta(seconds=turns.wait_seconds)
        return Intake(0, until, carrier)

    async def settle(self, intake: Intake, claimed: Sequence[ClaimedEntry]) -> None:
        """Count what goes by whom, each segment as a turn, and give back what was taken and is not used.

        A text that is looked up costs none. One that goes by another carrier is paid for there later.
        """
        used = Counter({intake.carrier: -intake.limit})
        for entry in claimed:
            if entry.begun is not None:
                used[entry.begun.carrier] += _segments(entry)
        for carrier, turns in used.items():
            await self._use(carrier, turns)

    async def count(self, claimed: ClaimedEntry, carrier: str) -> None:
        """A text goes by a carrier that was not asked, for another failed: it is paid for later."""
        await self._use(carrier, _segments(claimed))

    async def _use(self, carrier: str, turns: int) -> None:
        rate = self._rates.get(carrier)
        if rate is not None and turns:
            await self._pace.use(_line(carrier), rate, turns)


def _line(carrier: str) -> str:
    return f"sms:{carrier}"


def _segments(claimed: ClaimedEntry) -> int:
    return count_segments(str(claimed.entry.payload["body"])).segments
