"""A request-driven provider: the carrier calls us by HTTP and acts on what we answer.

(A connection-driven provider - PBX, SMPP, CMPP - owns its connection instead and calls the same use cases.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from gateway.domain.events import Event
from gateway.domain.flow.instructions import Instruction


class WebhookKind(Enum):
    """What a route of the provider reports."""

    CALL_ARRIVED = "call_arrived"
    CALL_STEPPED = "call_stepped"
    CALL_STATUS = "call_status"
    TEXT_ARRIVED = "text_arrived"
    RECEIPT_ARRIVED = "receipt_arrived"

    @property
    def is_voice(self) -> bool:
        """Whether the answer tells a waiting caller what happens next."""
        return self in {WebhookKind.CALL_ARRIVED, WebhookKind.CALL_STEPPED}


@dataclass(frozen=True, slots=True)
class Webhook:
    """One route: always POST."""

    path: str
    kind: WebhookKind


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request as it came, free of any web framework."""

    path: str
    query_string: str
    """As received, still encoded: signatures are computed over it."""
    headers: Mapping[str, str]
    """To be asked for by names in lower case."""
    body: bytes


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An answer in the carrier's own language."""

    status: int
    content_type: str
    body: bytes


class WebhookProvider(Protocol):
    """The four verbs of a provider: verify, parse, render (and act, which is `SmsCarrier.send`)."""

    @property
    def name(self) -> str:
        """Short name, the first part of call and message ids."""
        ...

    @property
    def webhooks(self) -> Sequence[Webhook]:
        """Its routes."""
        ...

    def verify(self, request: RawRequest) -> None:
        """Make sure that the carrier sent it; called once for every request, before anything else.

        Raises:
            Unauthentic: it did not.

        """
        ...

    def parse(self, kind: WebhookKind, request: RawRequest) -> Event:
        """The event a verified request reports.

        Raises:
            InvalidInput: malformed; names the field.
            Unauthentic: a step token that we did not seal for this call.

        """
        ...

    def render(self, event: Event, instructions: Sequence[Instruction]) -> RawResponse:
        """The answer: the instructions for a call, or the carrier's form of "received" without any."""
        ...

    def render_unavailable(self, kind: WebhookKind) -> RawResponse:
        """Status 503 with words that a waiting caller can live with; nothing was stored."""
        ...
