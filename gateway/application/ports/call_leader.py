"""What a provider that holds a connection tells of its calls, and how it learns what callers hear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.events import CallArrived, CallEnded, CallStepped
from gateway.domain.flow.instructions import Instruction


class CallLeader(Protocol):
    """Leads calls."""

    async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
        """The instructions, given once everything that the event says is stored.

        Raises:
            Unavailable: it could not be stored.

        """
        ...

    async def ended(self, event: CallEnded) -> None:
        """The call is over; never fails."""
        ...
