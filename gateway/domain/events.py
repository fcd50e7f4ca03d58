"""What carriers tell us, parsed and verified, in words that know no carrier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from gateway.domain.flow.inputs import Input
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId, MessageId, ServiceId
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus
from gateway.domain.subjects import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrived:
    """A caller is on the line and is to be asked for a rating."""

    call_id: CallId
    caller: PhoneNumber | None
    """None for withheld and unusable numbers."""
    outgoing: bool = False
    """We made the call: whoever answers is to hear who is speaking."""
    service_id: ServiceId | None = None
    """The known service the call is about; None makes a hotline service from the rest."""
    visit_no: int | None = None
    scope: Scope | None = None
    """SERVICE asks about this one item of a theme only (R-6); None lets the gateway choose."""
    agency_code: str = ""
    region_code: str = ""
    item_code: str = ""
    item_name: str = ""
    staff_code: str = ""
    staff_name: str = ""
    language: Language | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStepped:
    """The caller answered, or was silent, at one step of the flow."""

    call_id: CallId
    session: Session
    given: Input


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The call is over."""

    call_id: CallId
    carrier_failed: bool = False
    """It broke, or never came about, on the carrier's side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineAnswered:
    """A call of ours was answered by a machine: nothing is said to it."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOngoing:
    """A status that changes nothing for us (ringing, in progress)."""

    call_id: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class TextArrived:
    """A citizen texted (MO)."""

    message_id: MessageId
    sender: PhoneNumber | None
    """None when the carrier's sender is no phone number; the text is kept all the same."""
    line: str
    """The line it was sent to."""
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptArrived:
    """A delivery receipt for a text that we sent (MT)."""

    provider: str
    provider_message_id: str
    status: DeliveryStatus
    error_code: str = ""
    reference: str = ""
    """Our own reference of the text, where the carrier repeats it: proves by itself that it was taken."""


Event: TypeAlias = (
    CallArrived | CallStepped | CallEnded | MachineAnswered | CallOngoing | TextArrived | ReceiptArrived
)
