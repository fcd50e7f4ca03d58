"""The words of emails to competent departments (R-20)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from gateway.application.ports.mailer import RenderedEmail
from gateway.domain.handling.record import words_of
from gateway.domain.plain_text import one_line, printable
from gateway.domain.redaction import redact
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.domain.handling.history import FollowUpStep
    from gateway.domain.notices import BadRatingNotice


class PlainReferralTexts:
    """The port `ReferralTexts`: a letter, not a page; moments are told in the city's `timezone`."""

    def __init__(self, timezone: tzinfo) -> None:
        self._timezone = timezone

    def referral(self, notice: BadRatingNotice, department: str, step: FollowUpStep) -> RenderedEmail:
        """See the port."""
        staff = notice.subject.name if notice.subject.kind is SubjectKind.STAFF else ""
        at = f"{notice.evaluated_at.astimezone(self._timezone):%Y-%m-%d %H:%M}"
        facts = [
            ("工单", notice.follow_up_id),
            ("承办单位", notice.agency_name),
            ("服务事项", notice.item_name or "未说明"),
            ("服务人员", staff),
            ("办件编号", notice.service_id),
            ("评价", f"{notice.level.name_zh}（{notice.channel.name_zh}，{at}）"),
            ("评价原因", notice.reason),
        ]
        lines = [f"{label}：{redact(one_line(value))}" for label, value in facts if value]
        comment = redact(printable(notice.comment).strip()) or "（没有留言）"
        why = redact(printable(words_of(step.act).get("words", "")).strip())
        text = "\n".join(
            [
                f"{one_line(department)}：",
                "",
                "在办理政务服务“好差评”差评工单时发现涉嫌违纪违法的线索，现移送贵部门处理。",
                "",
                *lines,
                "",
                "评价人原话：",
                comment,
                "",
                f"移送说明（{one_line(step.actor.name)}）：",
                why,
                "",
                "本件未告知承办单位，请注意保密。评价人的联系方式如办案需要，请向数据局书面调取。",
                "",
                "A suspected violation is referred to you. The agency has not been told.",
            ]
        )
        body = escape(text).replace("\n", "<br>\n")
        html = f'<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><body>{body}</body></html>'
        return RenderedEmail(
            f"[{notice.follow_up_id}] 线索移送：{one_line(notice.agency_name)}", text + "\n", html
        )
