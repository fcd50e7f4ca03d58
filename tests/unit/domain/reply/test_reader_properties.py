"""What holds for every reply, however strange."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.reply import Outcome, read_by_rules, read_reply, take_letter, wants_restart
from gateway.domain.reply.normalise import normalise
from tests.unit.domain.reply.replies import Reply, read, replies, words

PIECES = st.sampled_from(
    words(
        "1 2 3 4 5 6 12 一 五 十 分 星 颗 号 第 项 满意 非常 不 没 很 好 差 一般 太 了 吗 ？ ， 。",
        "但 如果 以前 现在 希望 他们说 退订 td stop 别 再 发 回复 选 谢谢 您好 【 】 ( ) “ ”",
        "good not very 👍 ⭐ 呵呵 投诉 打错了 滿 １ ① \u200b \ufe0f 才 就是",
    )
)
REPLIES = st.lists(st.one_of(PIECES, st.just(" "), st.just("\n"), st.characters()), max_size=14).map("".join)
BAD = words("不满意 非常不满意 太差了 差评 很失望 态度恶劣 糟透了 服务差劲 不太好 不怎么样 骗子 真垃圾")
GOOD = words("满意 非常满意 很好 不错 挺好 太好了 好评 基本满意")
GREETINGS = st.sampled_from(
    ["", "您好，", "谢谢 ", "领导好！", "hello ", "😊", "回复", "我选", "回复：", "评价 "]
)
ENDINGS = st.sampled_from(["", "。", "！", "，谢谢", " 辛苦了", "👍🏻", "【张三】", " thanks", "\n"])


@given(st.one_of(REPLIES, st.text()))
@example("\ud800")
@example("ﷺ" * 100)
@example("1" * 10_000)
@example("满意" * 5_000)
@example("就选" * 5_000)
@example("谢谢" * 5_000)
@example("不 " * 5_000)
@example("【" * 10_000)
@example("退订 " * 3_000)
@example("1、" * 5_000)
@pytest.mark.requirement("R-16")
def test_every_text_has_exactly_one_outcome(text: str) -> None:
    """No text raises; a level comes with a rating and only with one; the comment is cut from the text."""
    reading = read_reply(text)
    assert (reading.level is not None) == (reading.outcome is Outcome.RATING)
    assert reading.comment in text
    assert reading.rule
    assert wants_restart(text) in (True, False)
    letter, rest = take_letter(text, frozenset("AB"))
    assert (letter is None and rest == text) or (letter in {"A", "B"} and text.endswith(rest))


@given(st.one_of(REPLIES, st.text()))
@example("㍿ﷺİǰ")
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The spelling that is compared is its own."""
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.characters())
def test_each_character_folds_to_what_folds_to_itself(character: str) -> None:
    """Also one by one, over the whole of Unicode."""
    folded = normalise(character).text
    assert normalise(folded).text == folded


@given(st.one_of(REPLIES, st.sampled_from("12345")))
def test_the_short_cut_reads_as_the_rules_do(text: str) -> None:
    """A bare digit, the most frequent reply, is read beforehand; nothing else differs."""
    assert read_reply(text) == read_by_rules(text)


@given(GREETINGS, st.sampled_from("12345１３５①④❺"), ENDINGS)
def test_a_digit_in_any_frame_is_the_digit(greeting: str, digit: str, ending: str) -> None:
    """Politeness around a digit never changes it."""
    assert read(greeting + digit + ending) == normalise(digit).text


@given(
    GREETINGS,
    st.sampled_from("123"),
    st.sampled_from(["", " ", "，", "\n", "。", " 服务", "，窗口", "！"]),
    st.sampled_from(BAD),
)
def test_a_good_digit_with_blame_is_never_a_good_rating(
    greeting: str, digit: str, gap: str, bad: str
) -> None:
    """A side flip: blame behind a good digit is asked back about."""
    assert read(greeting + digit + gap + bad) == "unclear"


@given(
    GREETINGS,
    st.sampled_from("45"),
    st.sampled_from(["", " ", "，", "\n", "。", " 服务", "，窗口", "！"]),
    st.sampled_from(GOOD),
)
def test_a_bad_digit_with_praise_is_never_a_bad_rating(
    greeting: str, digit: str, gap: str, good: str
) -> None:
    """The other side flip."""
    assert read(greeting + digit + gap + good) == "unclear"


@given(REPLIES, st.sampled_from(["，退订", "，TD", " 别再发了", "。STOP", "，不要再给我发短信"]))
def test_an_opt_out_is_never_missed_beside_other_words(text: str, wish: str) -> None:
    """Whatever stands before it, the wish is heard - unless the text was advertising or opens a bracket."""
    if normalise(text).text.strip()[-1:].isalnum() and read_reply(text + wish).rule != "advertising":
        assert read(text + wish) == "opt_out"


RATINGS = [reply for reply in replies("more_replies.tsv") if reply.label in "12345"]


@given(st.sampled_from(RATINGS), st.sampled_from(["谢谢", "，谢谢", "！", "👍", "【李四】", "，辛苦了"]))
def test_thanks_behind_a_rating_never_turn_its_side(reply: Reply, ending: str) -> None:
    """Closing words leave the side alone; at most the message is asked back about."""
    assert read(reply.text + ending) in {"unclear", *("123" if reply.label in "123" else "45")}
