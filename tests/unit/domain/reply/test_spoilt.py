"""Rule 7: evidence that does not count."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Rule, read_reply
from tests.unit.domain.reply.replies import grid, read, table, words

CONDITIONS = words("如果 要是 假如 假若 若是 倘若 除非 只要 只有 早点 本来 应该 才能 才会 才 但愿")
HALVES = words("差一点 差点 就差 还差 部分 有的 有些")
BUTS = words("但 但是 不过 可是 可惜 然而 就是")
COMPLAINTS = words("没人 没解决 没处理 没结果 没办 没给 不理 不管 拖 推诿 踢皮球 敷衍 白跑 太慢 骗 投诉 举报")
WISHES = words("希望 期待 盼 建议 争取 请")
OTHER_TIMES = words("以前 之前 上次 上回 原来 从前 去年 下次 以后 将来")
THIS_TIME = words("现在 如今 这次 今天")
SAID = words("他们说 别人说 有人说 都说 听说 据说 我妈说 家人说 邻居说 朋友说 领导说")


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        unclear=(
            *words(
                "没让我失望 没有差评 不差 不会不满意 没有哪里不满意 不是百分百满意 "
                "难以满意 满意不了 没满意 不是满意"
            ),
            *words(
                "不觉得好评 未必满意 无法满意 并非满意 冇点赞 唔点赞 "
                "勿点赞 不算差 没有很差 不是不满意 没有任何的不满意"
            ),
            *words("有没有满意 是不是满意 是不是很好 不用排队很满意 从来没有让人失望过"),
            *("not so good", "never satisfied", "no good", "isn't good", "not a bad service"),
        ),
        _1=(
            *words(
                "无论哪里都很满意 不但快还很好 不仅快而且很满意 别人很好 个别同志很好 "
                "特别快，很好 非常快很好 不用排队，很满意"
            ),
            *("1 没有差评", "1，没让我失望", "1 不用排队很满意"),
        ),
        _4=("没有接电话的人差", "从没有人来管过态度差"),
        _5=("不解决问题太差了", "5 不是很满意", "5 没有一点满意"),
    ),
)
def test_negation(text: str, label: str) -> None:
    """A negator turns good evidence of its clause into doubt, and bad evidence up to three characters on."""
    assert read(text) == label


@pytest.mark.parametrize(
    ("between", "label"), [("", "unclear"), ("让", "unclear"), ("有让我", "unclear"), ("接电话态度", "4")]
)
def test_a_negator_reaches_three_characters_to_a_bad_phrase(between: str, label: str) -> None:
    """A complaint that begins with a negator stays one when the bad phrase is farther away."""
    assert read(f"没{between}失望") == label


@pytest.mark.parametrize("word", CONDITIONS)
def test_condition_reaches_to_the_end(word: str) -> None:
    """What would hold only if something else did is no rating; before it, it is - but 但愿 holds a but."""
    before = "unclear" if word == "但愿" else "1"
    assert [read(f"{word}修好，我很满意"), read(f"很满意，{word}慢"), read(f"4 {word}修好，我很满意")] == [
        "unclear",
        before,
        "4",
    ]


@pytest.mark.parametrize("word", HALVES)
def test_half_met_condition_reaches_to_the_end_of_its_clause(word: str) -> None:
    """Half of a phrase is none; the next clause counts."""
    assert [read(f"{word}很满意"), read(f"{word}地方，很好"), read(f"2 {word}很差")] == ["unclear", "1", "2"]


@pytest.mark.parametrize("text", ["满意再付款", "满意了再付款", "满意才付款", "很好再来"])
def test_what_must_come_first(text: str) -> None:
    """A good phrase that is a condition itself states nothing."""
    assert read_reply(text).rule is Rule.CONDITION


@pytest.mark.parametrize("text", ["主要是服务很好", "只要是窗口都很好", "刚才那位很好"])
def test_words_that_only_hold_a_condition(text: str) -> None:
    """主要是 and its like set no condition."""
    assert read(text) == "1"


@pytest.mark.parametrize("word", ["呵呵", "才怪", "个屁", "个鬼", "个头"])
def test_sarcasm_spoils_everything(word: str) -> None:
    """Mockery leaves only a head digit, and not one that mockery contradicts."""
    assert [read(f"满意{word}"), read(f"很满意，{word}"), read(f"5 满意{word}")] == [
        "unclear",
        "unclear",
        "5",
    ]


@pytest.mark.parametrize("word", BUTS)
def test_but_behind_praise(word: str) -> None:
    """A "but" takes praise back, not blame, and not what follows it."""
    assert [read(f"态度很好，{word}慢"), read(f"态度很差，{word}慢"), read(f"1 很好，{word}慢")] == [
        "unclear",
        "5",
        "1",
    ]


@pytest.mark.parametrize("word", COMPLAINTS)
def test_complaint_in_another_clause(word: str) -> None:
    """Praise beside a complaint is asked back about; within one clause, or beside a digit, it stands."""
    assert [read(f"{word}，很好"), read(f"很好，{word}"), read(f"很差，{word}"), read(f"2 很好，{word}")] == [
        *("unclear", "unclear", "5", "2"),
    ]


def test_complaint_in_the_same_clause() -> None:
    """How a complaint was handled may be praised."""
    assert read("投诉处理得很好") == "1"


@pytest.mark.parametrize("word", WISHES)
def test_wish(word: str) -> None:
    """A wish is passed over when something else states the level."""
    assert [read(f"{word}很满意"), read(f"不满意，{word}办得很好"), read(f"4 {word}很好")] == [
        "unclear",
        "4",
        "4",
    ]
    assert read_reply(f"{word}很满意").rule is Rule.WISH


@pytest.mark.parametrize("word", OTHER_TIMES)
def test_another_time(word: str) -> None:
    """Another time is passed over, but a head digit on its other side is doubted."""
    assert [
        read(f"{word}很差"),
        read(f"{word}很差，很好"),
        read(f"1，{word}很差"),
        read(f"5，{word}很差"),
    ] == [
        *("unclear", "1", "unclear", "5"),
    ]


@pytest.mark.parametrize(("other", "this"), grid(OTHER_TIMES, THIS_TIME))
def test_another_time_ends_at_the_present(other: str, this: str) -> None:
    """Within one clause a word for the present ends the other time."""
    assert read(f"{other}差{this}很好") == "1"


@pytest.mark.parametrize("word", SAID)
def test_hearsay(word: str) -> None:
    """Other people's words are passed over, but a head digit on their other side is doubted."""
    assert [
        read(f"{word}很差"),
        read(f"{word}很差，我看很好"),
        read(f"1，{word}很差"),
        read(f"5，{word}差"),
    ] == [
        *("unclear", "1", "unclear", "5"),
    ]
    assert read_reply(f"{word}很好").rule is Rule.HEARSAY


def test_applying_is_no_wish() -> None:
    """申请 holds 请 but asks for nothing."""
    assert read("低保申请办得很好") == "1"
