"""Reading what Twilio answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from twilio.base.exceptions import TwilioException

from gateway.domain.errors import DeliveryFailed, FailureFacts

UNREADABLE: Final = (
    TwilioException,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)
"""What the SDK raises on a success that is not the document it expects: it checks nothing."""


@contextmanager
def readable() -> Iterator[None]:
    """What the SDK cannot read is a failure of the carrier's; nothing was sent, so nothing is in doubt."""
    try:
        yield
    except UNREADABLE:
        facts = FailureFacts("unreadable_answer", retryable=True)
        raise DeliveryFailed("Twilio's answer is not readable", facts) from None
