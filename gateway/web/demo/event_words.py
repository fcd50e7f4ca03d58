"""Webhooks in friendly words: what came in, what was answered."""

from __future__ import annotations

from typing import Final

from gateway.domain import events
from gateway.domain.flow.inputs import Key, NoInput, Recorded
from gateway.domain.receipts import DeliveryStatus
from gateway.web.demo.words import Words

_LONGEST: Final = 32
_RECEIPTS: Final = {
    DeliveryStatus.SENT: Words("短信已发出", "Text sent"),
    DeliveryStatus.DELIVERED: Words("短信已送达", "Text delivered"),
}


def arrival_words(event: events.Event) -> tuple[Words, dict[str, object]]:
    """What came in, and its ids."""
    match event:
        case events.CallArrived(call_id=call_id, service_id=service_id):
            title = Words("坐席挂机，转入评价", "The agent hung up: rating begins")
            return title, {"call_id": call_id, "service_id": service_id or ""}
        case events.CallStepped(call_id=call_id, given=given):
            return _given_words(given), {"call_id": call_id}
        case events.CallEnded(call_id=call_id):
            return Words("通话结束", "The call ended"), {"call_id": call_id}
        case events.MachineAnswered(call_id=call_id):
            return Words("答录机接听", "A machine answered"), {"call_id": call_id}
        case events.CallOngoing(call_id=call_id):
            return Words("通话进行中", "The call goes on"), {"call_id": call_id}
        case events.TextArrived(message_id=message_id, body=body):
            title = Words(f"收到短信“{_short(body)}”", f"Text received: “{_short(body)}”")
            return title, {"message_id": message_id}
        case events.ReceiptArrived(provider_message_id=message_id, status=status):
            title = _RECEIPTS.get(status, Words(f"短信回执 {status.value}", f"Receipt: {status.value}"))
            return title, {"provider_message_id": message_id}


def answer_words(said: str, *, over: bool) -> Words | None:
    """What the caller hears next; None for events that nobody waits on."""
    if not said:
        return None
    short = _short(said)
    return (
        Words(f"回应：{short}", f"Answer: {short}")
        if not over
        else Words(f"结束语：{short}", f"Goodbye: {short}")
    )


def unavailable_words() -> Words:
    """Nothing could be stored."""
    return Words("数据库暂不可用，什么都没有确认（503）", "Database away: nothing acknowledged (503)")


def _given_words(given: Key | NoInput | Recorded) -> Words:
    match given:
        case Key(digit=digit):
            return Words(f"按键 {digit}", f"Key {digit}")
        case Recorded(duration=duration):
            seconds = int(duration.total_seconds())
            return Words(f"语音留言 {seconds} 秒", f"Spoken message, {seconds} s")
        case NoInput():
            return Words("没有按键", "No key pressed")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
