"""What records ratings and all that follows from bad ones, put together."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.application.essentials import Essentials
from gateway.application.handle_follow_up import HandleFollowUp
from gateway.application.queue_text import QueueText
from gateway.application.receive_delivery_receipt import ReceiveDeliveryReceipt
from gateway.application.receive_message import ReceiveMessage
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.take_citizens_answer import TakeCitizensAnswer
from gateway.application.take_step import TakeStep
from gateway.application.tell_citizen import TellOfResult


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowingUp:
    """The use cases that write histories of follow-ups, or set them going."""

    record: RecordEvaluation
    handle: HandleFollowUp
    tell: TellOfResult
    receive_message: ReceiveMessage
    receive_receipt: ReceiveDeliveryReceipt


def following_up(essentials: Essentials, queue_text: QueueText) -> FollowingUp:
    """All of them, on one way of taking steps."""
    take_step = TakeStep(essentials.rules)
    tell = TellOfResult(essentials.rules, queue_text, take_step)
    record = RecordEvaluation(essentials.rules, essentials.metrics, take_step)
    take_answer = TakeCitizensAnswer(essentials.rules, take_step)
    return FollowingUp(
        record=record,
        handle=HandleFollowUp(essentials, record, take_step, tell),
        tell=tell,
        receive_message=ReceiveMessage(essentials, record, queue_text, take_answer),
        receive_receipt=ReceiveDeliveryReceipt(essentials, tell),
    )
