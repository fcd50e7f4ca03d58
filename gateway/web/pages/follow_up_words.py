"""What the pages say of acts, refusals and deadlines, Chinese first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final

from gateway.application.tell_citizen import WhyNoText
from gateway.domain.handling.acts import (
    Act,
    ActKind,
    AnswerOfCitizen,
    Attach,
    CallBack,
    Judge,
    Overrule,
    RateAgain,
    Refer,
    SpotCheck,
    TellCitizen,
    UnknownAct,
    Verdict,
    Way,
)
from gateway.domain.handling.attachments import MOST
from gateway.domain.handling.judgement import LONGEST_WORDS, Refusal
from gateway.domain.handling.progress import DeadlineKind
from gateway.domain.handling.record import words_of
from gateway.domain.handling.result_texts import ResultTextState
from gateway.domain.levels import Level
from gateway.domain.messages import LONGEST_ANSWER

VERDICTS: Final = {
    Verdict.TRUE: ("属实", "true: to be rectified"),
    Verdict.MISTAKEN: ("误评，不予采纳", "mistaken: not adopted"),
    Verdict.MALICIOUS: ("恶意差评，不予采纳", "malicious: not adopted"),
}
ACTS: Final = {
    ActKind.ACKNOWLEDGED: "签收",
    ActKind.CALLED_BACK: "回访",
    ActKind.JUDGED: "核实结论",
    ActKind.RECTIFIED: "整改完成",
    ActKind.CITIZEN_TOLD: "反馈评价人",
    ActKind.BUREAU_INFORMED: "报送数据局",
    ActKind.RETURNED: "数据局退回",
    ActKind.OVERRULED: "数据局改判",
    ActKind.CLOSED: "办结",
    ActKind.COMMENTED: "备注",
    ActKind.CITIZEN_ANSWERED: "评价人回复",
    ActKind.RATED_AGAIN: "追加评价",
    ActKind.NUMBER_SHOWN: "查看联系电话",
    ActKind.SPOT_CHECKED: "数据局抽查",
    ActKind.REFERRED: "移送",
    ActKind.ATTACHED: "上传附件",
    ActKind.RECORDING_PLAYED: "收听语音留言",
    ActKind.UNKNOWN: "未知步骤（系统升级中）",
}
DEADLINES: Final = {kind: (kind.name_zh, kind.name_en) for kind in DeadlineKind}
REFUSALS: Final = {
    Refusal.NOT_NOW: ("现在不能办理这一步，请看上面的办理进度。", "This step is not open now."),
    Refusal.NOT_YOURS: ("这一步不由您办理。", "This step is somebody else's."),
    Refusal.WORDS_MISSING: ("请写明情况，不能留空。", "Please write what happened."),
    Refusal.WORDS_TOO_LONG: (f"文字太长，请不超过{LONGEST_WORDS}字。", "The text is too long."),
    Refusal.ANSWER_TOO_LONG: (
        f"答复太长，短信放不下，请缩短到{LONGEST_ANSWER}字以内。",
        "The answer does not fit into the text message; please shorten it.",
    ),
    Refusal.PERSONAL_DATA: (
        "答复里有电话号码、证件号码一类的号码，不能发给评价人，请删去。",
        "The answer holds a number that may be somebody's; please take it out.",
    ),
    Refusal.FILE_TYPE: (
        "只能上传 PDF、PNG、JPEG、Word（docx）和 Excel（xlsx）文件，且不含宏。按文件内容判断，改名无效。",
        "Only PDF, PNG, JPEG, docx and xlsx without macros; it is told by the content.",
    ),
    Refusal.TOO_MANY_FILES: (f"附件最多{MOST}个。", "There are as many files as there may be."),
    Refusal.CALL_FIRST: (
        "请先回访评价人。多次在不同日期回访都未联系上的，才可以直接给出结论。",
        "Call the citizen back first; a verdict unheard needs several tries on different days.",
    ),
    Refusal.CALLED_WHEN: (
        "回访时间不对：不能早于工单生成时间，也不能晚于现在。",
        "The call-back cannot be before the follow-up was opened, nor in the future.",
    ),
    Refusal.NEWER: (
        "系统正在升级，这张工单暂时不能办理，没有保存任何内容。请稍后再试。",
        "The system is being upgraded, and this follow-up has to wait; nothing was stored. Please try again.",
    ),
}
TELLING: Final[Mapping[ResultTextState | WhyNoText, tuple[str, str]]] = {
    ResultTextState.WAITING: (
        "告知评价人的短信等待发送（夜间不发，次日早上发送）。发出后自动登记，不必再打电话。",
        "The text to the citizen waits to be sent; nothing is left to do here.",
    ),
    ResultTextState.SENT: ("告知评价人的短信已发出。", "The text to the citizen has been sent."),
    WhyNoText.OPTED_OUT: (
        "评价人已退订短信，请打电话告知结果，并在下面登记。",
        "The citizen wants no texts: please tell them by telephone and record it below.",
    ),
    WhyNoText.NO_NUMBER: (
        "没有可以发短信的号码，请按办件编号查找联系方式，打电话告知结果，并在下面登记。",
        "There is no number to text to: please find one by the case number, call and record it below.",
    ),
    WhyNoText.UNSENT: (
        "告知评价人的短信没有发出去，请打电话告知结果，并在下面登记。",
        "The text to the citizen could not be sent: please tell them by telephone and record it below.",
    ),
}
REFERRED_TO: Final = "移送部门"
OVERTAKEN: Final = (
    "您打开页面以后，这张工单有了新的进展（见下）。您刚才的操作没有执行，请看过之后再决定。",
    "Somebody else did something meanwhile; nothing of yours was done. Please look again.",
)


def said_in(act: Act, zone: tzinfo) -> list[tuple[str, str]]:
    """What an act says, as label and words; moments are told in `zone`."""
    if isinstance(act, Attach):
        return [("文件", act.words), ("大小", _size(act.size))]
    if isinstance(act, UnknownAct):
        return []
    labels = {"words": "内容", "reasons": "理由", "why": "理由", "answer": "答复评价人"}
    words = [(labels[name], text) for name, text in words_of(act).items() if text]
    return _facts_in(act, zone) + words


def _facts_in(act: Act, zone: tzinfo) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    match act:
        case CallBack(reached=reached, called_at=called_at):
            rows.append(("结果", "已联系上" if reached else "未联系上"))
            # When it was recorded stands above: both are there for whoever checks.
            rows.append(("填报的回访时间", moment(called_at, zone)))
        case Judge(verdict=verdict) | Overrule(verdict=verdict):
            rows.append(("结论", VERDICTS[verdict][0]))
        case SpotCheck(passed=passed):
            rows.append(("抽查结果", "属实" if passed else "不实"))
        case Refer(department=department):
            rows.append((REFERRED_TO, department))
        case TellCitizen(way=way):
            rows.append(("方式", "短信" if way is Way.TEXT else "电话"))
        case AnswerOfCitizen(satisfied=satisfied):
            rows.append(("对处理结果", "满意" if satisfied else "不满意"))
        case RateAgain(level=level):
            rows.append(("满意度", Level(level).name_zh))
    return rows


def _size(size: int) -> str:
    return f"{max(size / 1024, 0.1):.1f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


def moment(at: datetime, zone: tzinfo) -> str:
    """2026年11月24日 18:00."""
    local = at.astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def time_left(until: datetime, now: datetime) -> str:
    """还剩 1天3小时, or 已超期 2小时."""
    seconds = int(abs((until - now).total_seconds()))
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    parts = [f"{days}天" if days else "", f"{hours}小时" if hours else ""]
    span = "".join(parts) or f"{minutes}分钟"
    return f"还剩{span}" if until > now else f"已超期{span}"
