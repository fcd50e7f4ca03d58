"""Reading what Twilio answers to a question that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from twilio.base.exceptions import TwilioException

from gateway.domain.errors import DeliveryFailed, FailureFacts


@contextmanager
def readable() -> Iterator[None]:
    """What the SDK cannot read is a failure of the carrier's; nothing was sent, so nothing is in doubt."""
    try:
        yield
    except (TwilioException, ValueError, TypeError, AttributeError, KeyError):
        facts = FailureFacts("unreadable_answer", retryable=True)
        raise DeliveryFailed("Twilio's answer is not readable", facts) from None
