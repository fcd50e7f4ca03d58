"""From a verified event to its use case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.application.answer_call import AnswerCall
from gateway.application.end_call import EndCall
from gateway.application.receive_delivery_receipt import ReceiveDeliveryReceipt
from gateway.application.receive_message import ReceiveMessage
from gateway.domain.events import (
    CallArrived,
    CallEnded,
    CallOngoing,
    CallStepped,
    Event,
    MachineAnswered,
    ReceiptArrived,
    TextArrived,
)
from gateway.domain.flow.instructions import Instruction


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The use cases that carriers' events lead to."""

    answer_call: AnswerCall
    end_call: EndCall
    receive_message: ReceiveMessage
    receive_receipt: ReceiveDeliveryReceipt

    async def __call__(self, event: Event) -> Sequence[Instruction]:
        """Let one event happen; what a caller hears next, nothing for everything else."""
        match event:
            case CallStepped():
                return await self.answer_call.stepped(event)
            case CallArrived():
                return await self.answer_call.arrived(event)
            case TextArrived():
                await self.receive_message(event)
            case ReceiptArrived():
                await self.receive_receipt(event)
            case CallEnded():
                await self.end_call(event)
            case CallOngoing() | MachineAnswered():
                pass
        return ()
