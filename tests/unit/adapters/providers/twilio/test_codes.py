"""Twilio's codes: every documented one, and what happens to those that are not."""

from __future__ import annotations

import pytest

from gateway.adapters.providers.twilio.codes import (
    CallPhase,
    call_phase,
    delivery_status,
    is_retryable,
    leaves_outcome_unknown,
)
from gateway.domain.receipts import DeliveryStatus


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("queued", CallPhase.ONGOING),
        ("initiated", CallPhase.ONGOING),
        ("ringing", CallPhase.ONGOING),
        ("in-progress", CallPhase.ONGOING),
        ("completed", CallPhase.OVER),
        ("busy", CallPhase.BROKEN),
        ("no-answer", CallPhase.BROKEN),
        ("canceled", CallPhase.BROKEN),
        ("failed", CallPhase.BROKEN),
        ("Completed", CallPhase.ONGOING),
        ("", CallPhase.ONGOING),
        ("teleported", CallPhase.ONGOING),
    ],
)
def test_call_statuses(status: str, phase: CallPhase) -> None:
    """Each CallStatus has its phase; what nobody documented ends no call."""
    assert call_phase(status) is phase


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("accepted", DeliveryStatus.ACCEPTED),
        ("scheduled", DeliveryStatus.ACCEPTED),
        ("queued", DeliveryStatus.ACCEPTED),
        ("sending", DeliveryStatus.ACCEPTED),
        ("sent", DeliveryStatus.SENT),
        ("delivered", DeliveryStatus.DELIVERED),
        ("read", DeliveryStatus.DELIVERED),
        ("undelivered", DeliveryStatus.UNDELIVERED),
        ("failed", DeliveryStatus.FAILED),
        ("canceled", DeliveryStatus.FAILED),
        ("received", DeliveryStatus.UNKNOWN),
        ("", DeliveryStatus.UNKNOWN),
    ],
)
def test_message_statuses(status: str, meaning: DeliveryStatus) -> None:
    """Each MessageStatus has its meaning; an unlisted one is unknown, not guessed."""
    assert delivery_status(status) is meaning


@pytest.mark.parametrize(
    ("http_status", "code", "retryable", "unknown"),
    [
        (400, "21610", False, False),
        (400, "21211", False, False),
        (400, "", False, False),
        (400, "99999", False, False),
        (401, "20003", True, False),
        (401, "", True, False),
        (403, "", True, False),
        (404, "20404", False, False),
        (404, "", True, False),
        (407, "", True, False),
        (408, "", True, True),
        (413, "", True, False),
        (429, "20429", True, False),
        (429, "99999", True, False),
        (400, "21611", True, False),
        (429, "63038", True, False),
        (500, "20500", True, False),
        (500, "", True, True),
        (502, "", True, True),
        (503, "20503", True, False),
        (503, "", True, True),
        (504, "", True, True),
        (504, "20504", True, True),
        (302, "", True, False),
    ],
)
def test_refusals(http_status: int, code: str, retryable: bool, unknown: bool) -> None:
    """A refusal is repeated where time may mend it; only doubt about the text makes it unknown.

    Without Twilio's code it is the word of some machine in between: final only where it read what was sent,
    and no proof where it may have passed the text on before.
    """
    assert is_retryable(http_status, code) is retryable
    assert leaves_outcome_unknown(http_status, code) is unknown
