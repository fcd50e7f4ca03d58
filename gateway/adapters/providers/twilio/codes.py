"""Twilio's codes in the gateway's words. What is not listed is unknown and is never guessed."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import Final

from gateway.domain.receipts import DeliveryStatus


class CallPhase(Enum):
    """What a CallStatus means here."""

    ONGOING = "ongoing"
    OVER = "over"
    BROKEN = "broken"
    """It never came about, or broke, on the carrier's side."""


_CALL_PHASES: Final = {
    **dict.fromkeys(("queued", "initiated", "ringing", "in-progress"), CallPhase.ONGOING),
    "completed": CallPhase.OVER,
    **dict.fromkeys(("busy", "no-answer", "canceled", "failed"), CallPhase.BROKEN),
}
"""CallStatus (twilio.com/docs/voice/api/call-resource#call-status-values)."""

_DELIVERY_STATUSES: Final = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), DeliveryStatus.ACCEPTED),
    "sent": DeliveryStatus.SENT,
    **dict.fromkeys(("delivered", "read"), DeliveryStatus.DELIVERED),
    "undelivered": DeliveryStatus.UNDELIVERED,
    **dict.fromkeys(("failed", "canceled"), DeliveryStatus.FAILED),
}
"""MessageStatus (twilio.com/docs/messaging/guides/track-outbound-message-status)."""

_OUTBOUND: Final = frozenset({"outbound-api", "outbound-reply", "outbound-call"})
"""Direction of a message that went out (OpenAPI document of Messages); the other one is `inbound`."""

OPTED_OUT: Final = "21610"
"""The citizen told the carrier to stop texts from this line."""

_RETRYABLE: Final = {
    # Too fast, too many requests, faults at Twilio, a full queue, a daily limit: time mends them.
    **dict.fromkeys(("14107", "20429", "20500", "20503", "21611", "30001", "63038"), True),
    # A wrong token or a suspended account: the text itself is fine, and an operator mends it.
    **dict.fromkeys(("20003", "20005", "20008"), True),
    # Account, From or To cannot do it, whatever the HTTP status says.
    **dict.fromkeys(("21211", "21408", "21606", "21608", "21612", "21614", "30002"), False),
    OPTED_OUT: False,
}
"""Error codes of POST Messages (twilio.com/docs/api/errors/<code>): whether trying again helps."""

_RETRYABLE_STATUSES: Final = frozenset({408, 429, *range(500, 600)})
_LOWEST_CODE: Final = 10_000


def is_machine(answered_by: str) -> bool:
    """Whether a machine picked up, by AnsweredBy; what Twilio could not make out is taken for a person."""
    return answered_by.startswith("machine") or answered_by == "fax"


def call_phase(status: str) -> CallPhase:
    """The phase of a CallStatus; one that Twilio adds some day ends no call."""
    return _CALL_PHASES.get(status, CallPhase.ONGOING)


def delivery_status(status: str) -> DeliveryStatus:
    """The status of a MessageStatus; UNKNOWN for one that is not listed."""
    return _DELIVERY_STATUSES.get(status, DeliveryStatus.UNKNOWN)


def is_outbound(direction: str) -> bool:
    """Whether a message of this Direction went to a citizen."""
    return direction in _OUTBOUND


def own_code(claimed: object) -> str:
    """Twilio's own code of an error document's `code`; empty where it is none.

    Theirs have five digits (twilio.com/docs/api/errors); gateways in between write the HTTP status there.
    """
    return str(claimed) if type(claimed) is int and claimed >= _LOWEST_CODE else ""


def is_retryable(http_status: int, code: str) -> bool:
    """Whether sending the same again may help; the HTTP status decides about codes not listed.

    Without Twilio's own code (`code` is empty) a machine in between has answered: a firewall, a proxy that
    wants a login, a wrong route. That says nothing of the text, and an operator mends it; but for 400.
    """
    if not code:
        return http_status != HTTPStatus.BAD_REQUEST
    return _RETRYABLE.get(code, http_status in _RETRYABLE_STATUSES)


def leaves_outcome_unknown(http_status: int, code: str) -> bool:
    """Whether a POST answered so may have been carried out; `code` is empty without Twilio's own.

    Twilio has no idempotency key for texts, and calls repeating after 429 and 5xx safe (support article
    "Handling Twilio REST API error codes"). That holds where the API itself answered: its error document
    says that nothing was queued. A 5xx or 408 without its code comes from a machine in front of it, which
    may have passed the request on (Envoy answers 503 when the connection behind it breaks, 408 when that
    stands still); and 504 says that somebody stopped waiting: the text may be on its way.
    """
    if http_status < HTTPStatus.INTERNAL_SERVER_ERROR and http_status != HTTPStatus.REQUEST_TIMEOUT:
        return False
    return not code or http_status == HTTPStatus.GATEWAY_TIMEOUT
