"""Rule 4: the option digit at the head."""

from __future__ import annotations

import pytest

from tests.unit.domain.reply.replies import grid, read, table, words

LEADING = words(
    "回复 回覆 回 答复 答 选 选择 选项 就选 请选 按 评价 评 "
    "打 给 是 就 那 那就 我 数字 应该是 我选 我就选择 那就选"
)
MEASURES = words(
    "天 年 月 日 周 星期 小时 分钟 秒 点 次 个 元 块 毛 角 万 千 百 趟 "
    "人 名 位 条 件 家 层 楼 栋 路 线 室 岁 倍 折 成 级 话",
    "度 米 里 斤 %",
)
BRACKETS = ("（）", "()", "[]", "【】", "〔〕", "「」", "『』", "《》", "<>", "“”", "‘’", '""', "''", "｛｝")


@pytest.mark.parametrize("word", LEADING)
def test_leading_words(word: str) -> None:
    """Leading words, singly or combined, with spaces and a colon, lead to the digit."""
    wanted = {word + gap + digit: digit for gap, digit in grid(("", " ", "：", ": "), "1245")}

    assert {text: read(text) for text in wanted} == wanted


@pytest.mark.parametrize(("pair", "digit"), grid(BRACKETS, "15"))
def test_brackets_and_quotes(pair: str, digit: str) -> None:
    """The digit may stand in any pair of brackets or quotes."""
    assert [read(pair[0] + digit + pair[1]), read(f"选{pair[0]}{digit}{pair[1]}，谢谢")] == [digit, digit]


@pytest.mark.parametrize(("digit", "measure"), grid("15", MEASURES))
def test_a_quantity_is_no_option(digit: str, measure: str) -> None:
    """A digit directly before a measure word counts something."""
    assert read(digit + measure) == "unclear"


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1=(
            *(
                "1",
                "１．",
                "1！",
                "1谢谢",
                "1 很好",
                "1\n很好",
                "1😊",
                "1，不管哪位同志都热情",
                "(一)",
                "壹",
                "一",
                "选一",
            ),
            *(
                "1五星好评",
                "1一直很好",
                "1一切都好",
                "1一定",
                "1一样",
                "1一下就好",
                "1一次办成",
                "1十分满意",
                "1百分百满意",
            ),
            *("1一般", "1点赞", "1百分满意", "1 希望继续保持", "1 多谢", "1 100%满意", "1一点也不麻烦"),
        ),
        _2=("二", "2，二话不说就办了", "二 很好", "2选项"),
        _3=("3\n继续努力", "3 差不多", "叁"),
        _4=("4 等了2小时", "4，2024年投诉的", "4 第三次反映了还是老样子", "肆，不好"),
        _5=("5骗人的，根本没来现场", "5，投诉三天没人理", "伍"),
        unclear=(
            *(
                "5G",
                "3Q",
                "1a",
                "5天了",
                "5三天",
                "5两个月没人管",
                "1二",
                "二等",
                "三点半才来",
                "选一个吧",
                "三十",
                "三次",
            ),
            *(
                "好的，1",
                "我的选择是1",
                "知道了 1",
                "1の",
                "5星级服务",
                "3分之一",
                "5 分钟",
                "3 个月了",
                "2遍",
                "(1",
                "#1",
            ),
        ),
    ),
)
def test_what_may_stand_behind_the_digit(text: str, label: str) -> None:
    """The end, a separator or Chinese text may follow; a numeral of Chinese stands alone in its clause."""
    assert read(text) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [("3号窗口态度一般", "3"), ("2号窗口很好", "unclear"), ("5号窗口很好", "unclear"), ("12号窗口很好", "1")],
)
def test_a_digit_that_is_hardly_an_option_must_agree(text: str, label: str) -> None:
    """Where the rules leave it open whether a digit is an option, it never decides alone."""
    assert read(text) == label
