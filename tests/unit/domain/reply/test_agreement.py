"""Rules 9 and 10: agreement of all evidence, and nothing found."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Outcome, Rule, read_reply
from tests.unit.domain.reply.replies import grid, read, table, words

GOOD = words("非常满意 很好 满意 不错 基本满意 一般 还行")
BAD = words("不满意 不太好 差 非常不满意 太差了 差劲")


@pytest.mark.parametrize(
    ("digit", "phrase", "between"), grid("12345", GOOD + BAD, ("", " ", "，", "。", "\n"))
)
def test_digit_and_phrase(digit: str, phrase: str, between: str) -> None:
    """The digit sets the level when the phrase lies on its side, else the message is unclear."""
    agrees = (digit in "123") == (phrase in GOOD)
    assert read(digit + between + phrase) == (digit if agrees else "unclear")


@pytest.mark.parametrize(("good", "bad"), grid(GOOD, BAD))
def test_praise_and_blame(good: str, bad: str) -> None:
    """Praise and blame in one message contradict, in either order."""
    assert [read_reply(f"{good}，{bad}").rule, read_reply(f"{bad}，{good}").rule] == [Rule.DISAGREEMENT] * 2


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1=("1 满意", "很满意，不错", "5星，满意", "满意，10分"),
        _2=("满意，很好", "8分，很好"),
        _4=("4，非常不满意", "不满意，太差了"),
        _5=("太差了，不满意", "差，1星"),
        unclear=("5 非常满意", "1 太差了", "服务满意，效率太差", "5星，差", "10分 8分", "1 0分"),
    ),
)
def test_who_sets_the_level(text: str, label: str) -> None:
    """The digit, else the unit, else the first phrase."""
    assert read(text) == label


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "谢谢",
        "好",
        "好的",
        "嗯",
        "收到",
        "可以",
        "行",
        "ok",
        "👍",
        "。。。",
        "？",
        "办事效率高",
        "\u200b",
    ],
)
def test_nothing_found_records_nothing(text: str) -> None:
    """Silence, thanks and a comment without a level are never a rating."""
    reading = read_reply(text)
    assert (reading.outcome, reading.level) == (Outcome.UNCLEAR, None)
