"""How the carriers of texts do: who is given the next text, and what operators are told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from gateway.application.ports.clock import Clock
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText, SmsCarrier
from gateway.domain.circuit_breaker import BreakerPolicy, BreakerState, CircuitBreaker
from gateway.domain.errors import DeliveryFailed, Unavailable
from gateway.telemetry.metrics import Metrics

_POLICY: Final = BreakerPolicy()


class CarrierHealth:
    """The carriers in order of preference, each behind a circuit breaker.

    What is known is this process's own: another learns by its own texts.
    """

    def __init__(
        self, carriers: Sequence[SmsCarrier], clock: Clock, metrics: Metrics, policy: BreakerPolicy = _POLICY
    ) -> None:
        self._carriers = {carrier.name: carrier for carrier in carriers}
        self._breakers = {name: CircuitBreaker(policy) for name in self._carriers}
        self._troubles: dict[str, str] = {}
        self._clock = clock
        self._metrics = metrics
        for name in self._carriers:
            metrics.carrier_breaker(provider=name, state=BreakerState.CLOSED.value)

    @property
    def shortest_validity(self) -> timedelta:
        """Shorter than this, a text would expire at some carrier before it leaves."""
        return max((carrier.shortest_validity for carrier in self._carriers.values()), default=timedelta(0))

    def named(self, name: str) -> SmsCarrier | None:
        """The carrier of that name; None when it is not configured (any more)."""
        return self._carriers.get(name)

    def room(self) -> int | None:
        """How many texts the carriers take now: None = any number, else the probes of those at rest."""
        now = self._clock.now()
        states = [breaker.state(now) for breaker in self._breakers.values()]
        if BreakerState.CLOSED in states:
            return None
        return states.count(BreakerState.HALF_OPEN)

    def preferred(self) -> str:
        """Who is given the next text unless its line asks for another; empty = nobody takes any now."""
        now = self._clock.now()
        able = (name for name, b in self._breakers.items() if b.state(now) is not BreakerState.OPEN)
        return next(able, "")

    def next_probe_at(self) -> datetime:
        """When one of them takes a text again, where all of them rest."""
        now = self._clock.now()
        return min((breaker.next_probe_at(now) for breaker in self._breakers.values()), default=now)

    def choose(self, line: str = "", *, passed_over: Collection[str] = ()) -> SmsCarrier | None:
        """Who is given a text now: first those that have the line, then by preference; None = nobody.

        Of one that was at rest this is the probe: whoever asks must send.
        """
        now = self._clock.now()
        able = [c for c in self._carriers.values() if c.name not in passed_over]
        for carrier in sorted(able, key=lambda c: bool(line) and c.line_for(line) != line):
            breaker = self._breakers[carrier.name]
            if breaker.state(now) is not BreakerState.OPEN:
                self._turn(carrier.name, breaker.given(now))
                return carrier
        return None

    async def send(self, carrier: SmsCarrier, text: OutgoingText) -> AcceptedText:
        """Hand a text over, and remember how the carrier took it; raises what the carrier raises."""
        name = carrier.name
        try:
            accepted = await carrier.send(text)
        except DeliveryFailed as failure:
            facts = failure.facts
            # What is refused for good speaks of one number or one text, not of the carrier.
            if facts.retryable or facts.outcome_unknown:
                self._troubles[name] = facts.code
                self._turn(name, self._breakers[name].failed(self._clock.now()))
            else:
                self._turn(name, self._breakers[name].succeeded(self._clock.now()))
            result = "unknown" if facts.outcome_unknown else "failed" if facts.retryable else "refused"
            self._metrics.carrier_answered(provider=name, result=result)
            raise
        self._troubles.pop(name, None)
        self._turn(name, self._breakers[name].succeeded(self._clock.now()))
        self._metrics.carrier_answered(provider=name, result="accepted")
        return accepted

    async def check(self) -> None:
        """Return when every carrier took its last text, or has not been given one.

        Raises:
            Unavailable: names those that did not, with their codes, and whether they are left alone.

        """
        if self._troubles:
            said = ", ".join(self._said(name, code) for name, code in sorted(self._troubles.items()))
            raise Unavailable(f"did not take the last text: {said}")

    def _said(self, name: str, code: str) -> str:
        resting = self._breakers[name].opened_at is not None
        return f"{name} ({code}; left alone until it takes one)" if resting else f"{name} ({code})"

    def _turn(self, name: str, breaker: CircuitBreaker) -> None:
        if breaker is not self._breakers[name]:
            self._breakers[name] = breaker
            state = breaker.state(self._clock.now())
            probing = breaker.probed_at is not None
            shown = BreakerState.HALF_OPEN if probing else state
            self._metrics.carrier_breaker(provider=name, state=shown.value)
