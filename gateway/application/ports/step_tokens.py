"""Tokens that carry a call's position through the carrier and back, so that any node can go on."""

from __future__ import annotations

from typing import Protocol

from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId


class StepTokens(Protocol):
    """Seals a session into URL-safe text bound to one call."""

    def seal(self, call_id: CallId, session: Session) -> str:
        """The token: tamper-proof, and the same for the same call and session."""
        ...

    def open(self, call_id: CallId, token: str) -> Session:
        """The session of a token sealed for this very call.

        Raises:
            Unauthentic: forged, damaged, sealed for another call or with another key.

        """
        ...
