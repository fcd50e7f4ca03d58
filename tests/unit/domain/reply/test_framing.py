"""Rule 1, framing: greetings, thanks, politeness, emoji and a signature are set aside."""

from __future__ import annotations

import pytest

from gateway.domain.reply.framing import frame
from tests.unit.domain.reply.replies import read, table

FRAMING = (
    *(
        "您好",
        "你好",
        "领导好",
        "谢谢",
        "多谢",
        "感谢",
        "辛苦了",
        "麻烦了",
        "please",
        "hi",
        "hello",
        "thanks",
    ),
    *("good morning", "good afternoon", "good evening", "good luck", "😊", "👍🏻", "🙏🙏"),
)


@pytest.mark.parametrize("words", FRAMING)
@pytest.mark.parametrize("core", ["1", "不满意", "td"])
def test_framing_at_either_end_is_set_aside(words: str, core: str) -> None:
    """Before or behind, with a comma or a space, politeness changes nothing."""
    expected = read(core)
    assert [read(f"{words}，{core}"), read(f"{words} {core}"), read(f"{core} {words}")] == [expected] * 3


@pytest.mark.parametrize("words", FRAMING)
def test_framing_alone_says_nothing(words: str) -> None:
    """Thanks are no rating."""
    assert read(words) == "unclear"


@pytest.mark.parametrize(
    ("text", "core"),
    [
        ("您好！1，谢谢", "1"),
        ("1【张三】", "1"),
        ("【1】", "1"),
        ("【张三】1", "【张三】1"),
        ("1【2】", "1【2"),
        ("(很满意)", "很满意"),
        ("thanks, very good", "very good"),
        ("谢谢", ""),
        ("-1", "-1"),
    ],
)
def test_where_the_framing_ends(text: str, core: str) -> None:
    """A signature counts only behind other text; brackets around everything are none; signs stay."""
    message = frame(text)
    assert message.text[message.start : message.end] == core


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1=("1【来自我的iPhone】", "【1】", "【很满意】", "很满意【不满意者】"),
        _5=("5【王】",),
        unclear=("【张三】1", "【1】【2】", "-1", "+1"),
    ),
)
def test_signature_and_brackets(text: str, label: str) -> None:
    """What stands in a signature is not read."""
    assert read(text) == label
