"""Rule 5: points, stars and numbered options."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Rule, read_reply
from tests.unit.domain.reply.replies import grid, read, table, words


@pytest.mark.parametrize(
    ("numeral", "label"),
    [
        *(
            ("10", "1"),
            ("十", "1"),
            ("满", "1"),
            ("100", "1"),
            ("一百", "1"),
            ("8", "2"),
            ("八", "2"),
            ("6", "3"),
            ("六", "3"),
        ),
        *(("0", "5"), ("零", "5"), ("〇", "5")),
        *(
            (numeral, "unclear")
            for numeral in words("1 2 3 4 5 7 9 11 20 90 99 0.5 9.8 一 二 两 三 四 五 七 九 九十 七八")
        ),
    ],
)
@pytest.mark.parametrize("frame", ["{}分", "{} 分", "给{}分", "打{}分！服务周到"])
def test_points(frame: str, numeral: str, label: str) -> None:
    """The city's points stand for levels; any other number could mean anything."""
    assert read(frame.format(numeral)) == label


@pytest.mark.parametrize(
    ("numeral", "label"),
    [
        *(
            ("5", "1"),
            ("五", "1"),
            ("4", "2"),
            ("四", "2"),
            ("3", "3"),
            ("三", "3"),
            ("2", "4"),
            ("两", "4"),
            ("二", "4"),
        ),
        *(
            ("1", "5"),
            ("一", "5"),
            ("0", "unclear"),
            ("6", "unclear"),
            ("十", "unclear"),
            ("4.5", "unclear"),
            ("半", "unclear"),
        ),
    ],
)
@pytest.mark.parametrize("unit", ["星", " 星", "颗星", "个星", "⭐", "⭐️", "★", " star", " stars"])
def test_stars(numeral: str, unit: str, label: str) -> None:
    """The most stars are the best level, the opposite of the option digit."""
    assert read(numeral + unit) == label


@pytest.mark.parametrize(
    ("form", "digit"),
    grid(["第{}项", "第{}个", "选项{}", "{}选项", "{}号", "选{}号", "选第{} 项"], "12345"),
)
@pytest.mark.parametrize("numerals", ["12345", "一二三四五"])
def test_numbered_options(form: str, digit: str, numerals: str) -> None:
    """A numbered option is the option digit."""
    assert read(form.format(numerals[int(digit) - 1])) == digit


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1=(
            *(
                "打十分",
                "8分钟就办好，很好",
                "十分满意",
                "满分！服务非常好",
                "五星，非常好",
                "5星 10分",
                "满分10分",
            ),
            *("三分之一的时间，很好", "我给100分", "三天10分钟，很好", "五星好评"),
        ),
        _2=("8分，很满意", "住3号楼，满意", "4星，很好"),
        _3=("3号窗口态度一般",),
        _4=("不十分满意", "2星差评"),
        _5=("1星差评", "1颗星都嫌多", "零分都嫌多", "0分差评", "十分差"),
        unclear=(
            *(
                "10分感谢",
                "十分感谢",
                "十分，谢谢",
                "十分热情",
                "10分满意",
                "5分钟",
                "三分之一",
                "5星期",
                "5星级",
                "4星半",
                "四点五星",
            ),
            *(
                "9分，很满意",
                "1，给零分",
                "5星 太差了",
                "5星 8分",
                "1星好评",
                "3-4星",
                "5月3号",
                "人民路5号",
                "5🌟",
                "5-star",
            ),
            *("第5个窗口排队", "第10项"),
        ),
    ),
)
def test_units_among_words(text: str, label: str) -> None:
    """十分 is a degree unless it ends its clause; fractions, ranges and addresses are no units."""
    assert read(text) == label


@pytest.mark.parametrize(
    "before", ["负", "-", "扣", "差", "没有", "不是", "不给", "不能给", "没给", "给不了"]
)
@pytest.mark.parametrize("unit", ["10分", "满分", "5星"])
def test_denied_units_are_spoilt(before: str, unit: str) -> None:
    """Points that were taken off or refused are no praise."""
    assert read(before + unit) == "unclear"


def test_rule_is_named() -> None:
    """An operator sees that a unit decided, or that its number meant nothing."""
    assert [read_reply("5星").rule, read_reply("5分").rule] == [Rule.UNIT, Rule.UNKNOWN_UNIT]
