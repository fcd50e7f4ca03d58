"""Rule 8: a message that asks, without a head digit."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Rule, read_reply
from tests.unit.domain.reply.replies import read, words

WORDS = words("什么 啥 怎么 怎样 咋 为何 如何 是否 哪 谁 几分 几星 有没有 是不是")


@pytest.mark.parametrize("word", WORDS)
def test_question_words(word: str) -> None:
    """They ask anywhere in the message; beside a head digit they do no harm."""
    assert [read(f"很满意，{word}"), read(f"{word}，很满意"), read(f"1 很满意，{word}")] == [
        "unclear",
        "unclear",
        "1",
    ]
    assert read_reply(f"很满意，{word}").rule is Rule.QUESTION


@pytest.mark.parametrize("ending", words("？ ? 吗 么 呢 嘛 不 没 没有 否 吗？ 呢！"))
def test_question_endings(ending: str) -> None:
    """A question mark anywhere or an asking end makes a message a question."""
    assert [read(f"满意{ending}"), read(f"服务很满意{ending}")] == ["unclear"] * 2


@pytest.mark.parametrize("text", ["what is very good", "who is good", "why very bad", "how good"])
def test_english_question_words(text: str) -> None:
    """The same in English."""
    assert read(text) == "unclear"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        *(("不管什么时候都很满意", "1"), ("无论谁都很满意", "1"), ("不论哪位都很满意", "1")),
        *(("没什么，很满意", "1"), ("没啥，很满意", "1"), ("几分钟就好，很满意", "1")),
        *(
            ("不怎么满意", "4"),
            ("不怎么样", "4"),
            ("没什么不满意", "2"),
            ("满意着呢", "unclear"),
            ("谁说我不满意？", "unclear"),
        ),
        *(("好不好用", "unclear"), ("满不满意", "unclear"), ("somehow good", "2")),
    ],
)
def test_words_that_do_not_ask(text: str, label: str) -> None:
    """Behind "no matter", within a phrase, or in 没什么 they ask nothing."""
    assert read(text) == label
