"""Rule 1: one spelling for everything that is compared, and the way back to what was written."""

from __future__ import annotations

import pytest

from gateway.domain.reply.normalise import normalise
from tests.unit.domain.reply.replies import read, table


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("１２", "12"),
        ("①⑵⒊", "1(2)3."),
        ("❶❷❸❹❺", "12345"),
        ("➀➄➊➎⓵⓹", "151515"),
        ("1️⃣ 5️⃣", "1 5"),
        ("👍🏻👍🏿", "👍👍"),
        ("满\u200b意\u200d\ufeff", "满意"),
        ("⭐️", "⭐"),
        ("VERY Good", "very good"),
        ("ＴＤ", "td"),
        ("滿意 選擇 項 總體來講還 個別 發騙", "满意 选择 项 总体来讲还 个别 发骗"),
        ("態度惡劣 點讚 應該 無論 嗎", "态度恶劣 点赞 应该 无论 吗"),
        ("㊀㈡", "一(二)"),
        ("−10", "-10"),
        ("非 常 满 意", "非常满意"),
        (" 不 满　意 ！", " 不满意 !"),
        ("非常 满意", "非常 满意"),
        ("1 满 意", "1 满 意"),
    ],
)
def test_spelling(written: str, compared: str) -> None:
    """Width, case, script, enclosure and invisible marks make no difference; single characters join."""
    assert normalise(written).text == compared


@pytest.mark.parametrize(
    "character",
    [
        *"滿選擇項總體來講還個別發騙覆復說點讚贊難無應該評價顆號議爭訴",
        *"報諉惡爛極較優錯強湊馬過沒關請謝領導煩為嗎麼誰樣從將這現",
    ],
)
def test_traditional_characters_of_the_rules_are_simplified(character: str) -> None:
    """The characters of the rules have a simplified form, but for 覆, which the rules list itself."""
    assert (normalise(character).text != character) == (character != "覆")


@pytest.mark.parametrize(
    ("text", "position", "origin"),
    [
        ("1 很好", 2, 2),
        ("⑴很好", 3, 1),
        ("⑴很好", 1, 1),
        ("1️⃣很好", 1, 3),
        ("非 常", 1, 2),
        ("非 常", 2, 3),
        ("好", 1, 1),
    ],
)
def test_positions_lead_back_to_what_was_written(text: str, position: int, origin: int) -> None:
    """A place in the compared spelling leads to the character that was written for it."""
    assert normalise(text).origin(position) == origin


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1=("１", "①", "❶", "1️⃣", "⑴", "㊀", "非 常 满 意", "1\u200b", "HEN MANYI", "很\u200b满意"),
        _2=("2️⃣ ", "➁", "滿意", "满 意"),
        _3="還可以 還行 馬馬虎虎",
        _4="❹ 不滿意 差評",
        _5="⑤ 糟透了 態度惡劣",
        unclear=("1️⃣2️⃣", "⑥", "٣", "1\u0336"),
        opt_out="退訂 別發了 ｓｔｏｐ",
    ),
)
def test_reading_does_not_depend_on_spelling(text: str, label: str) -> None:
    """A reply means the same in any of these spellings; digits of other scripts are none of the forms."""
    assert read(text) == label
