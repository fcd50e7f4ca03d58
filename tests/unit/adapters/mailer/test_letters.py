"""The later emails about a follow-up, the morning's list, and the deadline for calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from gateway.adapters.mailer.message import build_message
from gateway.application.ports.mailer import OutgoingEmail
from gateway.domain.agencies import Agency
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import Verdict
from gateway.domain.handling.letters import DigestLine, LetterContent, LetterKind
from gateway.domain.handling.progress import DeadlineKind
from gateway.domain.ids import FollowUpId
from tests.unit.adapters.mailer.test_texts import NOTICE, PAGE, TEXTS, Shown

DUE = datetime(2026, 11, 24, 10, tzinfo=UTC)
BUREAU = Agency("", "市政务服务数据管理局", "", ())


@pytest.mark.requirement("R-10")
@pytest.mark.parametrize(
    ("content", "subject", "said"),
    [
        (
            LetterContent(kind=LetterKind.REMINDER, duty=DeadlineKind.ACKNOWLEDGE, due_at=DUE),
            "提醒：请于11月24日 18:00前签收",
            "请于 2026年11月24日（周二）18:00 前签收。",
        ),
        (
            LetterContent(kind=LetterKind.ESCALATION, duty=DeadlineKind.CALL_BACK, due_at=DUE),
            "超期：应于11月24日 18:00前回访评价人",
            "至今没有完成",
        ),
        (
            LetterContent(kind=LetterKind.NOT_ADOPTED, verdict=Verdict.MALICIOUS, words="多次无故差评"),
            "报送：恶意差评，不予采纳",
            "多次无故差评",
        ),
        (
            LetterContent(
                kind=LetterKind.RETURNED, duty=DeadlineKind.RECTIFY, due_at=DUE, words="没有说明责任人"
            ),
            "数据局要求办理：请于11月24日 18:00前完成整改",
            "没有说明责任人",
        ),
        (LetterContent(kind=LetterKind.TELL_BY_PHONE), "短信未发出，请电话告知评价人", "请打电话告知"),
    ],
)
def test_each_says_one_thing_and_sorts_by_its_follow_up(
    content: LetterContent, subject: str, said: str
) -> None:
    """One button, both bodies say the same, and subjects of one follow-up begin alike."""
    rendered = TEXTS.letter(NOTICE, content, PAGE)
    shown = Shown(rendered.html)

    assert rendered.subject.startswith(f"【差评整改】{NOTICE.follow_up_id} {subject}")
    assert said in rendered.text
    assert said in " ".join(shown.words)
    assert [tag for tag in shown.tags if tag.startswith("href=")] == [f"href={PAGE}"]
    assert PAGE in rendered.text
    assert "In short:" in rendered.text


@pytest.mark.requirement("R-18")
@given(st.text(max_size=200))
def test_reasons_cannot_smuggle_anything_in(words: str) -> None:
    """Whatever an agency writes, it loads nothing, and numbers do not go round."""
    content = LetterContent(
        kind=LetterKind.NOT_ADOPTED, verdict=Verdict.MISTAKEN, words=f"{words} 13800138000 <img src=x>"
    )
    rendered = TEXTS.letter(NOTICE, content, PAGE)

    assert "13800138000" not in rendered.text + rendered.html
    assert not any(tag.startswith("src=") for tag in Shown(rendered.html).tags)
    assert "\n" not in rendered.subject


@pytest.mark.requirement("R-13")
def test_the_mornings_list_begins_with_what_is_late() -> None:
    """Counts in the subject; each line has its page; the bureau reads which agency it is."""
    late = DigestLine(
        follow_up_id=FollowUpId("GD-20261123-AAAAAAAA"),
        title="居民身份证换领",
        agency="市公安局",
        level="不满意",
        state=FollowUpState.ACKNOWLEDGED,
        duty=DeadlineKind.CALL_BACK,
        due_at=DUE,
        late=True,
        page=PAGE,
    )

    rendered = TEXTS.digest(BUREAU, date(2026, 11, 25), [late], 4)

    assert rendered.subject == "【差评整改】2026-11-25 每日清单：5 张未办结，1 张超期"
    for body in (rendered.text, " ".join(Shown(rendered.html).words)):
        assert "市公安局" in body
        assert "已超期" in body
        assert "另有 4 张没有列出" in body
    assert PAGE in rendered.text


def test_the_deadline_comes_as_a_file_that_calendars_read() -> None:
    """The same duty again replaces the entry; the email stays the same at every try."""
    rendered = TEXTS.bad_rating(NOTICE, PAGE)
    (event,) = Calendar.from_ical(rendered.calendar).walk("VEVENT")
    email = OutgoingEmail(
        message_id="<GD-1.opened.x@example.cn>",
        subject=rendered.subject,
        to=("a@example.cn",),
        text=rendered.text,
        html=rendered.html,
        calendar=rendered.calendar,
    )
    message = build_message(email, "haochaping@example.cn", DUE)

    assert event.decoded("dtend") == NOTICE.call_back_by
    assert str(event["uid"]) == f"{NOTICE.follow_up_id}-call_back@haochaping"
    assert "居民身份证换领" in str(event["summary"])
    assert all(len(line) <= 75 for line in rendered.calendar.encode().split(b"\r\n"))
    (attached,) = message.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_filename() == "deadline.ics"
    body = message.get_body(("html",))
    assert body is not None
    assert body.get_content().strip() == rendered.html.strip()
    assert bytes(message) == bytes(build_message(email, "haochaping@example.cn", DUE))
