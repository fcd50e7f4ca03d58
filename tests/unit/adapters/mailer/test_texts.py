"""What an agency reads about a bad rating."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.mailer import JinjaEmailTexts
from gateway.domain.channels import Channel
from gateway.domain.ids import FollowUpId, ServiceId
from gateway.domain.levels import Level
from gateway.domain.notices import BadRatingNotice
from gateway.domain.subjects import Subject, SubjectKind

TEXTS: Final = JinjaEmailTexts(ZoneInfo("Asia/Shanghai"))
PAGE: Final = "https://rating.example.gov.cn/follow-ups/GD-20261123-ABCDEFG.c.1.m"
RATED_AT: Final = datetime(2026, 11, 23, 7, 42, tzinfo=UTC)
NOTICE: Final = BadRatingNotice(
    follow_up_id=FollowUpId("GD-20261123-ABCDEFG"),
    agency_name="市公安局",
    region_code="441500",
    item_name="居民身份证换领",
    item_code="4415000001",
    service_id=ServiceId("441500-20261123-000123"),
    subject=Subject(SubjectKind.ITEM, "4415000001", "居民身份证换领"),
    level=Level.DISSATISFIED,
    channel=Channel.PHONE,
    evaluated_at=RATED_AT,
    comment="排队两个多小时",
    reason="等候时间太长",
    recording_left=False,
    acknowledge_by=RATED_AT + timedelta(hours=1, minutes=18),
    call_back_by=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
    rectify_by=datetime(2026, 12, 14, 10, 0, tzinfo=UTC),
    unknown_agency=False,
    sequence=1,
    batch_count=1,
)


class Shown(HTMLParser):
    """Collects the text that a mail program shows, and the tags it came with."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and every address it would load from."""
        self.tags += [tag, *(f"{name}={value}" for name, value in attrs if name in {"src", "href"})]

    def handle_data(self, data: str) -> None:
        """Note the words."""
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words, as one."""
        return "".join(self.words)


def both(notice: BadRatingNotice) -> tuple[str, str]:
    """The plain text and the words of the HTML."""
    rendered = TEXTS.bad_rating(notice, PAGE)
    return rendered.text, Shown(rendered.html).text


@pytest.mark.requirement("R-10")
def test_the_subject_sorts_and_says_what_is_due() -> None:
    """Number first, then level, item and deadline, in the city's time."""
    assert TEXTS.bad_rating(NOTICE, PAGE).subject == (
        "【差评整改】GD-20261123-ABCDEFG 不满意 · 居民身份证换领（请于11月24日 18:00前回访）"
    )


@pytest.mark.requirement("R-10")
@pytest.mark.parametrize(
    "fact",
    [
        "市公安局",
        "不满意",
        "居民身份证换领（4415000001）",
        "2026年11月23日（周一）15:42",
        "2026年11月23日（周一）17:00",
        "2026年11月24日（周二）18:00",
        "2026年12月14日（周一）18:00",
        "GD-20261123-ABCDEFG",
        "441500-20261123-000123",
        "排队两个多小时",
        "等候时间太长",
        "电话",
        "In short:",
        "24 Nov 2026, 18:00",
    ],
)
def test_both_bodies_tell_everything_needed(fact: str) -> None:
    """What, when, the citizen's words, the reason, the deadlines, the numbers - in text and HTML alike."""
    text, html = both(NOTICE)
    assert fact in text
    assert fact in html


def test_chinese_comes_first() -> None:
    """The English summary stands behind the Chinese."""
    for body in both(NOTICE):
        assert body.index("请这样办理") < body.index("In short")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sequence": 2}, "追加评价"),
        ({"batch_count": 3}, "3 件"),
        ({"recording_left": True}, "语音留言"),
        ({"comment": ""}, "没有留言"),
        ({"unknown_agency": True}, "未匹配到承办单位"),
        ({"subject": Subject(SubjectKind.STAFF, "0231", "陈某")}, "服务人员 陈某（0231）"),
        ({"channel": Channel.SMS}, "短信"),
        ({"level": Level.VERY_DISSATISFIED}, "非常不满意"),
    ],
)
def test_what_is_particular_is_told(change: dict[str, object], words: str) -> None:
    """Each circumstance shows in both bodies, and only when it is so."""
    for usual, particular in zip(both(NOTICE), both(replace(NOTICE, **change)), strict=True):  # type: ignore[arg-type] # a table of fields
        assert words in particular
        assert words not in usual


@pytest.mark.requirement("R-19")
def test_the_bureau_is_asked_to_pass_it_on() -> None:
    """A rating for nobody we know goes to the bureau, with another subject and other steps."""
    notice = replace(NOTICE, unknown_agency=True, agency_name="市政务服务数据管理局", item_name="")
    assert TEXTS.bad_rating(notice, PAGE).subject == (
        "【差评转办】GD-20261123-ABCDEFG 不满意 · 未说明事项的服务（请于11月24日 18:00前转办）"
    )
    for body in both(notice):
        assert "查明承办单位" in body
        assert "签收" not in body


@pytest.mark.requirement("R-18")
def test_nothing_leads_to_who_rated() -> None:
    """No field for a number, none in the citizen's words or reason, wherever the words appear."""
    assert not [field.name for field in fields(BadRatingNotice) if "phone" in field.name]
    notice = replace(
        NOTICE, comment="打我138\u200b0013 8000\n身份证44150019900101123X", reason="回电13900139000"
    )
    rendered = TEXTS.bad_rating(notice, PAGE)
    for part in (rendered.subject, rendered.text, rendered.html):
        assert "8000" not in part
        assert "19900101" not in part
        assert "13900139000" not in part
    assert rendered.text.count("［号码已隐去］") == 3


@given(st.text(max_size=300), st.text(max_size=80))
def test_no_words_become_markup(comment: str, name: str) -> None:
    """Whatever a citizen or a business system writes, the page keeps its tags and loads nothing."""
    plain = Shown(TEXTS.bad_rating(NOTICE, PAGE).html).tags
    shown = TEXTS.bad_rating(replace(NOTICE, comment=f"<b>{comment}", item_name=f"x{name}"), PAGE)

    assert Shown(shown.html).tags == plain
    assert len(shown.subject.splitlines()) == 1


def test_markup_in_words_is_shown_as_written() -> None:
    """The citizen's angle brackets are read as such; in plain text nothing is escaped."""
    comment = '<script>alert(1)</script> & "5<3" {{ 7*7 }}'
    text, html = both(replace(NOTICE, comment=comment))
    assert comment in text
    assert comment in html


def test_a_comment_keeps_its_lines() -> None:
    """Paragraphs of a long complaint stay apart."""
    text, html = both(replace(NOTICE, comment="第一行\r\n第二行"))
    assert "第一行\n第二行" in text
    assert "第一行\n第二行" in html


def test_nothing_is_loaded_from_elsewhere() -> None:
    """No image, script or font: it reads the same offline and tells nobody that it was read."""
    tags = Shown(TEXTS.bad_rating(NOTICE, PAGE).html).tags
    assert not {"img", "script", "link", "iframe"} & set(tags)
    assert [tag for tag in tags if "=" in tag] == [f"href={PAGE}"]
    assert "url(" not in TEXTS.bad_rating(NOTICE, PAGE).html


def test_the_one_link_is_the_readers_own_page() -> None:
    """As a button in HTML, as an address on a line of its own in text."""
    rendered = TEXTS.bad_rating(NOTICE, PAGE)
    assert PAGE in rendered.text.splitlines()
    assert rendered.html.count(f'href="{PAGE}"') == 1
