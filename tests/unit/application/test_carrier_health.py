"""Operators see which carrier does not take texts."""

from __future__ import annotations

import pytest

from gateway.application.carrier_health import CarrierHealth
from gateway.application.ports.sms_carrier import AcceptedText, OutgoingText
from gateway.domain.errors import DeliveryFailed, FailureFacts, Unavailable
from gateway.domain.phone_numbers import PhoneNumber

TEXT = OutgoingText(reference="r", to=PhoneNumber("+8613800138000"), body="您好")


class Carrier:
    """Fails as it is told."""

    name = "carrier"

    def __init__(self, *failures: FailureFacts | None) -> None:
        self._failures = list(failures)

    async def send(self, text: OutgoingText) -> AcceptedText:
        """Take the text, or not."""
        failure = self._failures.pop(0)
        if failure is not None:
            raise DeliveryFailed("no", failure)
        return AcceptedText(text.reference, "12345")


async def test_a_carrier_is_in_trouble_from_a_failure_to_its_next_success() -> None:
    """The last text decides; what is refused for one number's sake is no trouble of the carrier's."""
    health = CarrierHealth()
    facts = FailureFacts("503", retryable=True), None, FailureFacts("21610", retryable=False)
    carrier = health.watch(Carrier(*facts))
    await health.check()

    with pytest.raises(DeliveryFailed):
        await carrier.send(TEXT)
    with pytest.raises(Unavailable, match=r"carrier \(503\)"):
        await health.check()

    await carrier.send(TEXT)
    await health.check()

    with pytest.raises(DeliveryFailed):
        await carrier.send(TEXT)
    await health.check()
