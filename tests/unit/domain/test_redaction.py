"""What is taken out of a citizen's words before staff read them, and what must stay."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.redaction import PLACEHOLDER, redact

pytestmark = pytest.mark.requirement("R-18")


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "+8613800138000",
        "+86 138-0013-8000",
        "008613800138000",
        "138 0013 8000",
        "138.0013.8000",
        "138 - 0013 - 8000",
        "138-001-38000",
        "1380013 8000",
        "１３８００１３８０００",
        "幺三八零零幺三八零零零",
        "1 3 8 0 0 1 3 8 0 0 0",
        "0755-87654321",
        "(0660)3361234",
        "（0660）3361234",
        "06603361234",
        "020 8765 4321",
        "+86 20 8765 4321",
        "0086-755-87654321",
        "+852 9123 4567",
        "441500199001011234",
        "44150019900101123X",
        "44150019900101123x",
        "441500 19900101 123X",
        "441500 1990 01 01 1234",
        "6222021234567890123",
        "138\u00a00013\u00a08000",
        "138\u20110013\u20118000",
        "138\u20100013\u20138000",
        "138\u22120013\u22128000",
        "138\n0013\n8000",
        "138\t0013\t8000",
        "138\u200b0013\u200b8000",
        "138\u20090013\u202f8000",
        "138\u20600013\ufeff8000",
        "138,0013,8000",
        "138，0013、8000",
        "138/0013/8000",
        "138．0013．8000",
        "138:0013：8000",
        "138*0013*8000",
        "138~0013～8000",
        "138(0013)8000",
        "1、3、8、0、0、1、3、8、0、0、0",
        "\ufe0f\u20e3".join("13800138000"),
        "①③⑧⓪⓪①③⑧⓪⓪⓪",
        "壹叁捌零零壹叁捌零零零",
        "١٣٨٠٠١٣٨٠٠٠",
        "0755/87654321",
        "0755\u00a08765\u20114321",
        "441500\u00a019900101\u00a01234",
    ],
)
def test_numbers_of_persons_are_hidden(number: str) -> None:
    """Mobile, landline, identity and card numbers go, in every common way of writing them."""
    assert redact(number) == PLACEHOLDER
    assert redact(f"4 打了{number}，没人理") == f"4 打了{PLACEHOLDER}，没人理"


def test_a_local_number_is_hidden_where_the_words_say_so() -> None:
    """Seven or eight digits alone may be anything; behind 电话 they are a phone number."""
    assert redact("我的电话：3361234，请回电") == f"我的电话：{PLACEHOLDER}，请回电"


@pytest.mark.parametrize(
    "text",
    [
        "打12345热线三次没人接",
        "110和12348都打过",
        "等了2个小时4分",
        "罚款13800元，退138.00元",
        "GD-20261123-0001",
        "二〇二六年十一月二十三日去的",
        "上午8:30-11:30，下午14:30-17:30",
        "11/13-11/15都没开门",
        "QQ 123456789",
        "13:30-17:30，8:00-9:00开门",
        "13、14、15、16、17、18日都去过",
        "11/13，11/14，11/15去了三次",
        "收了13,800元，又退1,380元",
        "①排队久②态度差③材料多",
        "第1次\n第2次\n2026年",
        "14:30,15:00/16:30:20",
        "2026-11-13 1530 到 1620",
        "",
    ],
)
def test_other_figures_stay(text: str) -> None:
    """Hotlines, amounts, times and opening hours are the point of the comment."""
    assert redact(text) == text


@given(
    st.dates(date(1990, 1, 1), date(2035, 12, 31)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%m-%d", "%m.%d"]),
)
def test_dates_stay(day: date, form: str) -> None:
    """A date in any usual form stays, alone and as a period."""
    written = day.strftime(form)
    assert redact(f"我{written}去办的") == f"我{written}去办的"
    assert redact(f"{written}至{written}") == f"{written}至{written}"


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2035, 12, 31)),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y.%m.%d %H点%M分"]
    ),
)
def test_moments_stay(moment: datetime, form: str) -> None:
    """A date with its time stays, even as one run of digits."""
    written = moment.strftime(form)
    assert redact(f"{written}到的") == f"{written}到的"


@given(
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.text("满意差的 ，。", max_size=5),
    st.sampled_from(["", "-", " "]),
)
def test_no_mobile_number_survives(number: str, words: str, gap: str) -> None:
    """Whatever words stand around it, a mobile number is gone and the words are kept."""
    written = gap.join((number[:3], number[3:7], number[7:]))
    redacted = redact(f"{words}{written}{words}")

    assert number[-4:] not in redacted
    assert redacted == f"{words}{PLACEHOLDER}{words}"
