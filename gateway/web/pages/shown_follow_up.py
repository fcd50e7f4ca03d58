"""What the page of a follow-up shows to agency and bureau alike; no number is among it (R-18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from gateway.domain.handling.acts import ActKind
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.progress import Deadline
from gateway.domain.notices import BadRatingNotice
from gateway.domain.plain_text import one_line, printable
from gateway.domain.redaction import redact
from gateway.domain.subjects import SubjectKind
from gateway.web.pages.follow_up_words import ACTS, DEADLINES, moment, time_left

UNKNOWN_ITEM = "未说明事项的服务"


def title_of(notice: BadRatingNotice) -> str:
    """What was rated."""
    return one_line(notice.item_name) or UNKNOWN_ITEM


def comment_of(notice: BadRatingNotice) -> str:
    """The citizen's words without numbers."""
    return redact(printable(notice.comment).strip())


def facts_of(notice: BadRatingNotice, zone: tzinfo) -> list[tuple[str, str]]:
    """What else is known of the rating; nothing for what is not."""
    is_staff = notice.subject.kind is SubjectKind.STAFF
    rows = [
        ("评价原因", redact(one_line(notice.reason))),
        ("语音留言", "已留存" if notice.recording_left else ""),
        ("评价对象", f"服务人员 {one_line(notice.subject.name)}" if is_staff and notice.subject.name else ""),
        ("事项编码", one_line(notice.item_code)),
        ("评价渠道", notice.channel.name_zh),
        ("评价时间", moment(notice.evaluated_at, zone)),
        ("办件编号", one_line(notice.service_id)),
        ("行政区划", one_line(notice.region_code)),
        ("适用办件", f"{notice.batch_count}件" if notice.batch_count > 1 else ""),
    ]
    return [(label, value) for label, value in rows if value]


def deadline_shown(deadline: Deadline | None, zone: tzinfo, now: datetime) -> dict[str, object] | None:
    """What is owed, until when."""
    if deadline is None:
        return None
    zh, en = DEADLINES[deadline.kind]
    return {
        "zh": zh,
        "en": en,
        "at": moment(deadline.at, zone),
        "left": time_left(deadline.at, now),
        "late": now >= deadline.at,
    }


def step_shown(step: FollowUpStep, said: Sequence[tuple[str, str]], zone: tzinfo) -> dict[str, object]:
    """One line of the history, and what was said in it."""
    return {
        "name": ACTS[step.act.kind],
        "at": moment(step.at, zone),
        "who": one_line(step.actor.name),
        "file": step.number if step.act.kind is ActKind.ATTACHED else None,
        "rows": [(label, redact(printable(words))) for label, words in said],
    }
