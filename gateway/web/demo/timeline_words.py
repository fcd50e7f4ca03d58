"""Log events in friendly words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.domain.levels import Level
from gateway.web.demo.words import Words


@dataclass(frozen=True, slots=True)
class Told:
    """A log event in friendly words."""

    title: Words
    detail: Words | None = None
    stage: str = ""
    """The station it belongs to; see `timeline.Stage`."""
    tone: str = "plain"
    facts: Mapping[str, object] = field(default_factory=dict)
    apart: bool = False
    """An entry of its own even while a webhook is under way."""


_ENDINGS: Final = {
    "rated": Words("已评价", "rated"),
    "partial": Words("部分评价", "partly rated"),
    "abandoned": Words("没有评价就挂机，不产生任何评价", "hung up without rating: nothing is recorded"),
    "no_input": Words("没有按键，不产生任何评价", "no key pressed: nothing is recorded"),
    "failed": Words("通话失败", "failed"),
    "nothing_asked": Words("以前已评价过", "rated before"),
}
_OUTCOMES: Final = {
    "rating": Words("读作评价", "read as a rating"),
    "unclear": Words("没有读懂，不记录，只追问一次", "unclear: nothing recorded, asked back once"),
    "opt_out": Words("读作退订，从此不再发短信", "read as an opt-out: no more texts"),
    "restart": Words("恢复接收短信", "texts wanted again"),
    "no_sender": Words("没有可用的号码", "no usable number"),
    "handling_answered": Words("读作对处理结果的意见", "read as a view of the handling"),
}
_DESTINATIONS: Final = {
    "core_store": Words("评价送入核心库", "Rating delivered to the core store"),
    "sms": Words("短信交给运营商", "Text handed to the carrier"),
    "reminder": Words("主动短信交给运营商", "Text of our own accord handed to the carrier"),
    "email": Words("邮件送达信箱", "Email delivered"),
    "referral": Words("移送邮件送达信箱", "Referral delivered"),
    "call": Words("拨打评价电话", "Rating call"),
}
_RESULTS: Final = {
    "done": ("good", Words("成功", "done")),
    "later": ("plain", Words("稍后再送", "later")),
    "dropped": ("quiet", Words("不再需要，未发送", "no longer wanted, not sent")),
    "dead": ("bad", Words("失败，进入死信", "failed: dead letter")),
}
_LEVELS: Final = {level.value: Words(level.name_zh, level.name_en) for level in Level}
_MEANINGLESS: Final = frozenset({"event", "at", "logger", "exception", "request_id", "level"})


def tell(event: Mapping[str, object]) -> Told | None:
    """A log event in friendly words; None for what says nothing to a visitor."""
    name = str(event.get("event", ""))
    facts = {key: _plain(value) for key, value in event.items() if key not in _MEANINGLESS}
    if name in _TELLERS:
        return _TELLERS[name](facts)
    if event.get("level") in {"error", "critical"}:
        return Told(Words(f"出错：{name}", f"Error: {name}"), tone="bad", facts=facts)
    return None


def _call_ended(facts: Mapping[str, object]) -> Told:
    ending = str(facts.get("ending", ""))
    words = _ENDINGS.get(ending, Words(ending, ending))
    tone = "good" if ending in {"rated", "partial"} else "plain"
    return Told(Words("通话结束", "The call ended"), words, "commit", tone, facts)


def _message_received(facts: Mapping[str, object]) -> Told:
    outcome, rule = str(facts.get("outcome", "")), facts.get("rule", "")
    words = _OUTCOMES.get(outcome, Words(outcome, outcome))
    tone = "good" if outcome == "rating" else "plain"
    detail = Words(f"{words.zh}（规则：{rule}）", f"{words.en} (rule: {rule})")
    return Told(Words("短信已读取", "Text read"), detail, "commit", tone, facts)


def _call_arrived(facts: Mapping[str, object]) -> Told:
    return Told(Words("来电", "Call"), None, "commit", "plain", facts)


def _delivery_settled(facts: Mapping[str, object]) -> Told | None:
    kind, result = str(facts.get("kind", "")), str(facts.get("result", ""))
    title = _DESTINATIONS.get(kind, Words(f"投递 {kind}", f"Delivery: {kind}"))
    tone, words = _RESULTS.get(result, ("plain", Words(result, result)))
    attempt, why = facts.get("attempt", ""), facts.get("why") or ""
    zh = f"{words.zh}，第 {attempt} 次" + (f"：{why}" if why else "")
    en = f"{words.en}, try {attempt}" + (f": {why}" if why else "")
    return Told(title, Words(zh, en), "deliver", tone, facts, apart=True)


def _reminders_judged(facts: Mapping[str, object]) -> Told:
    judged, queued = facts.get("judged", 0), facts.get("queued", 0)
    title = Words("24 小时未评价，检查提醒", "Unrated for 24 hours: reminders judged")
    detail = Words(f"到期 {judged} 条，排队发送 {queued} 条", f"{judged} due, {queued} queued to send")
    return Told(title, detail, "commit", "plain", facts, apart=True)


def _evaluation_recorded(facts: Mapping[str, object]) -> Told:
    title = Words("评价已写入", "Rating recorded")
    level = _LEVELS.get(str(facts.get("rated", "")), Words("", ""))
    subject = Words("工作人员", "staff") if facts.get("subject") == "staff" else Words("事项", "item")
    detail = Words(f"{subject.zh}：{level.zh}，已入库", f"{subject.en}: {level.en}, committed")
    return Told(title, detail, "commit", "good", facts)


def _evaluation_refused(facts: Mapping[str, object]) -> Told:
    title = Words("评价未再记录", "Rating not taken again")
    detail = Words("评价和追加评价都已有，不再记录", "rated before, and additionally: nothing recorded")
    return Told(title, detail, "engine", "plain", facts)


def _follow_up_step(facts: Mapping[str, object]) -> Told:
    by, act = _HANDS.get(str(facts.get("by", "")), _NOBODY), str(facts.get("act", ""))
    done = _ACTS.get(act, Words(act, act.replace("_", " ")))
    title = Words(f"差评工单：{done.zh}", f"Follow-up: {done.en}")
    return Told(title, Words(f"由{by.zh}办理", f"by {by.en}"), "commit", "good", facts, apart=True)


_NOBODY: Final = Words("系统", "the system")
_HANDS: Final = {
    "agency": Words("承办单位", "the agency"),
    "bureau": Words("数据局", "the bureau"),
    "citizen": Words("评价人", "the citizen"),
}
_ACTS: Final = {
    "acknowledged": Words("签收", "acknowledged"),
    "called_back": Words("回访", "called back"),
    "judged": Words("核实结论", "verdict"),
    "rectified": Words("整改完成", "rectified"),
    "citizen_told": Words("已告知评价人", "the citizen was told"),
    "bureau_informed": Words("已报送数据局", "the bureau was informed"),
    "citizen_answered": Words("评价人回复", "the citizen answered"),
    "rated_again": Words("追加评价", "rated again"),
    "returned": Words("退回", "sent back"),
    "overruled": Words("改判", "overruled"),
    "closed": Words("办结", "closed"),
    "commented": Words("备注", "a remark"),
    "attached": Words("上传附件", "a file attached"),
    "number_shown": Words("查看联系电话", "the number was shown"),
    "recording_played": Words("收听语音留言", "the spoken message was opened"),
    "spot_checked": Words("抽查", "spot check"),
    "referred": Words("移送", "referred"),
}
_TELLERS: Final[Mapping[str, Callable[[Mapping[str, object]], Told | None]]] = {
    "call_arrived": _call_arrived,
    "call_ended": _call_ended,
    "message_received": _message_received,
    "delivery_settled": _delivery_settled,
    "reminders_judged": _reminders_judged,
    "evaluation_recorded": _evaluation_recorded,
    "evaluation_refused": _evaluation_refused,
    "follow_up_step": _follow_up_step,
}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
