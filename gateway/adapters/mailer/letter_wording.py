"""What the later emails about a follow-up say, each in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from gateway.domain.handling.acts import Verdict
from gateway.domain.handling.letters import LetterKind
from gateway.domain.plain_text import printable
from gateway.domain.redaction import redact

if TYPE_CHECKING:
    from gateway.adapters.mailer.moments import ShownMoment
    from gateway.domain.handling.letters import LetterContent

_VERDICTS: Final = {
    Verdict.TRUE: ("属实", "true"),
    Verdict.MISTAKEN: ("误评", "mistaken"),
    Verdict.MALICIOUS: ("恶意差评", "malicious"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWording:
    """The words of one email."""

    subject_zh: str
    mark_zh: str
    lead_zh: str
    lead_en: str
    button_zh: str = "打开工单办理"
    button_en: str = "open the follow-up"
    words: str = ""


_TELL_BY_PHONE: Final = LetterWording(
    subject_zh="短信未发出，请电话告知评价人",
    mark_zh="请电话告知",
    lead_zh="告知评价人处理结果的短信没有发出去，请打电话告知，并在工单中登记。",
    lead_en="The text to the citizen could not be sent. Please call them and record it.",
)


def wording_of(content: LetterContent, agency: str, due: ShownMoment | None) -> LetterWording:
    """The words of an email of this kind."""
    duty_zh = content.duty.name_zh if content.duty else "办理"
    duty_en = content.duty.name_en if content.duty else "handle it"
    by_zh, by_en = (due.zh, due.en) if due else ("期限", "the deadline")
    match content.kind:
        case LetterKind.ESCALATION:
            return LetterWording(
                subject_zh=f"超期：应于{due.short if due else ''}前{duty_zh}",
                mark_zh="超期督办",
                lead_zh=f"{agency}应于 {by_zh} 前{duty_zh}，至今没有完成。请督促立即办理。",
                lead_en=f"{agency} was to {duty_en} by {by_en} and has not. Please see that it is done now.",
            )
        case LetterKind.NOT_ADOPTED:
            return _not_adopted(content, agency)
        case LetterKind.RETURNED:
            return _returned(content.words, due.short if due else "", (by_zh, by_en), (duty_zh, duty_en))
        case LetterKind.UNREACHABLE:
            return LetterWording(
                subject_zh="联系不上承办单位",
                mark_zh="邮件全部被退回",
                lead_zh=f"发给{agency}的邮件全部被退回。请用其他方式通知该单位办理，并更新机构名录。",
                lead_en=f"All emails to {agency} came back. Please reach it otherwise and mend the list.",
            )
        case LetterKind.TELL_BY_PHONE:
            return _TELL_BY_PHONE
        case _:
            return LetterWording(
                subject_zh=f"提醒：请于{due.short if due else ''}前{duty_zh}",
                mark_zh="临期提醒",
                lead_zh=f"请于 {by_zh} 前{duty_zh}。",
                lead_en=f"Please {duty_en} by {by_en}.",
            )


def _not_adopted(content: LetterContent, agency: str) -> LetterWording:
    found_zh, found_en = _VERDICTS[content.verdict or Verdict.MISTAKEN]
    return LetterWording(
        subject_zh=f"报送：{found_zh}，不予采纳",
        mark_zh="不予采纳，报送核查",
        lead_zh=f"{agency}核实后认定为{found_zh}，本评价不予采纳。请核查理由。",
        lead_en=f"{agency} found the rating {found_en}; it is not adopted. Please check the reasons.",
        button_zh="打开工单核查",
        words=redact(printable(content.words).strip()),
    )


def _returned(why: str, due: str, by: tuple[str, str], duty: tuple[str, str]) -> LetterWording:
    return LetterWording(
        subject_zh=f"数据局要求办理：请于{due}前{duty[0]}",
        mark_zh="数据局退回或改判",
        lead_zh=f"数据局审核后要求办理：请于 {by[0]} 前{duty[0]}。",
        lead_en=f"The bureau has looked at it: please {duty[1]} by {by[1]}.",
        words=redact(printable(why).strip()),
    )
