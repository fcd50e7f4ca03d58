"""Whether the carriers of texts take them: told to operators, never a reason to stop."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText, SmsCarrier
from gateway.domain.errors import DeliveryFailed, Unavailable


class CarrierHealth:
    """Remembers how each carrier took the last text that this process gave it."""

    def __init__(self) -> None:
        self._troubles: dict[str, str] = {}

    def watch(self, carrier: SmsCarrier) -> SmsCarrier:
        """The same carrier, watched."""
        return _Watched(carrier, self._troubles)

    async def check(self) -> None:
        """Return when every carrier took its last text, or has not been given one.

        Raises:
            Unavailable: names those that did not, with their codes.

        """
        if self._troubles:
            said = ", ".join(f"{name} ({code})" for name, code in sorted(self._troubles.items()))
            raise Unavailable(f"did not take the last text: {said}")


@dataclass(frozen=True, slots=True)
class _Watched:
    carrier: SmsCarrier
    troubles: dict[str, str]

    @property
    def name(self) -> str:
        return self.carrier.name

    async def send(self, text: OutgoingText) -> AcceptedText:
        try:
            accepted = await self.carrier.send(text)
        except DeliveryFailed as failure:
            # What is refused for good speaks of one number or one text, not of the carrier.
            if failure.facts.retryable or failure.facts.outcome_unknown:
                self.troubles[self.name] = failure.facts.code
            raise
        self.troubles.pop(self.name, None)
        return accepted
