"""Rule 4, the whole message: what numbers make it unclear."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Rule, read_reply
from tests.unit.domain.reply.replies import grid, read, words


@pytest.mark.parametrize(
    "between",
    [" ", "，", "、", "-", "~", "/", ".", ":", "或", "和", "或者", "还是", "到", "至", "\n", " 选", "，我选"],
)
@pytest.mark.parametrize(("first", "second"), grid("15", ("1", "2", "12", "2。", "2，很好")))
def test_two_bare_numbers(first: str, between: str, second: str) -> None:
    """Two numbers, even the same, are asked back about."""
    assert read(first + between + second) == "unclear"


@pytest.mark.parametrize(
    "text", ["1 2次就办好了", "4 等了2小时", "1 3楼", "1，12345热线真好用", "1 2024年办的"]
)
def test_a_number_glued_to_text_is_no_second_number(text: str) -> None:
    """A second number counts only when it stands bare."""
    assert read(text) == text[0]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        *(
            (Rule.NOT_AN_OPTION, text)
            for text in ("6，满意", "10，很好", "11", "12满意", "1111非常满意", "0", "六，好")
        ),
        *(
            (Rule.NOT_AN_OPTION, text)
            for text in ("回复7", "12345，满意", "99%满意", "5%满意", "2024.11办的")
        ),
        *(
            (Rule.CORRECTION, f"1 {word}")
            for word in words("打错 按错 选错 写错 发错 更正 改成2 改为2 其实应该是2")
        ),
        (Rule.CORRECTION, "满意，打错了"),
        *(
            (Rule.MENU, text)
            for text in ("1非常满意2满意", "1非常满意，2满意，3基本满意", "1 满意 2 很满意", "我看1满意2满意")
        ),
        *(
            (Rule.LIST, text)
            for text in (
                "1.处理快2.态度好",
                "1、快 2、好",
                "(1)快(2)好",
                "一、快 二、好",
                "①快②好",
                "意见：1.差2.慢",
            )
        ),
        (Rule.LIST, "1态度好 2效率高"),
        *(
            (Rule.DIGIT_QUESTION, f"1{word}")
            for word in words("？ ? 吗 么 呢 嘛 吗？ 是什么 行吗 你们行不行？")
        ),
        *(
            (Rule.DIGIT_QUESTION, f"1，{word}")
            for word in words("满意吗 非常满意？ 很满意呢 满意，很好么 行吗")
        ),
        *((Rule.DIGIT_QUESTION, f"1 {word}满意") for word in words("是 对 代表 表示 什么 啥 还是")),
        (Rule.DIGIT_IN_NUMERAL, "5三天"),
        (Rule.TWO_NUMBERS, "1 or 2"),
        (Rule.TWO_NUMBERS, "1 不对，5"),
    ],
)
def test_why_the_numbers_leave_it_unclear(rule: Rule, text: str) -> None:
    """Each reason is told apart."""
    assert read_reply(text).rule is rule


@pytest.mark.parametrize(
    ("text", "label"),
    [
        *(("12345热线很好", "1"), ("1.处理快", "1"), ("1 你们几点下班？", "1"), ("4，怎么还不来？", "4")),
        *(("2024年办的，很满意", "1"), ("应该是1", "1"), ("1，态度好，是吧？", "1"), ("4 跑了2.5公里", "4")),
    ],
)
def test_numbers_that_leave_no_doubt(text: str, label: str) -> None:
    """A longer number glued to text, a single point and a question about something else do no harm."""
    assert read(text) == label
