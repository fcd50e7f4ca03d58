"""Leads calls of providers that hold a connection: no carrier repeats for them what could not be stored."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from gateway.application.answer_call import AnswerCall
from gateway.application.end_call import EndCall
from gateway.domain.errors import AlreadyRecorded, Conflict, Unavailable
from gateway.domain.events import CallArrived, CallEnded, CallStepped
from gateway.domain.flow.instructions import Instruction

log = structlog.get_logger()

_PATIENCE_SECONDS: Final = 8.0
"""How long a caller waits in silence while the database comes back."""
_REPEATED_AFTER_SECONDS: Final = 0.5


class LeadCall:
    """What a caller hears next, tried again for a while where it could not be stored."""

    def __init__(self, answer_call: AnswerCall, end_call: EndCall) -> None:
        self._answer_call = answer_call
        self._end_call = end_call

    async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
        """The instructions, given once everything that the event says is stored.

        Raises:
            Unavailable: it could not be stored, for whatever reason, which is logged here.

        """
        why = ""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while True:
                    try:
                        return await self._once(event)
                    except (AlreadyRecorded, Conflict, Unavailable) as fault:
                        why = str(fault)
                    await asyncio.sleep(_REPEATED_AFTER_SECONDS)
        except TimeoutError:
            log.warning("call_not_led", call_id=event.call_id, why=why or "no answer in time")
            raise Unavailable(why or "no answer in time") from None
        except Exception as fault:
            # A fault of our own; whoever holds the line leads the caller to another end.
            log.exception("call_broken", call_id=event.call_id)
            raise Unavailable(type(fault).__name__) from fault

    async def ended(self, event: CallEnded) -> None:
        """The call is over; where that cannot be stored, it is found out later (`EndCall.close_lost`)."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._end_call(event)
        except (Unavailable, TimeoutError) as fault:
            log.warning("call_end_not_stored", call_id=event.call_id, why=str(fault) or "no answer in time")

    async def _once(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
        if isinstance(event, CallArrived):
            return await self._answer_call.arrived(event)
        return await self._answer_call.stepped(event)
