"""Rule 2: advertising is unclear, even when it praises or holds a word of opt-out."""

from __future__ import annotations

import pytest

from tests.unit.domain.reply.replies import read, table


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        unclear=(
            *("加微信 很好", "返现，1", "代开发票", "点击领取", "http://a.b 满意", "https://t.cn/x 很满意"),
            *("www.example.com很好", "example.com 很好", "t.cn/Ab3 1", "点击链接，回复TD"),
            *("尊敬的客户您的积分将过期退订回T", "低息贷款秒到账电话联系 回T退订。"),
        ),
        _1=("no.1 very good", "微信上办的，很好"),
        _2=("满意，退订回T",),
        opt_out=("退订回T", "回T退订", "您好，退订回T"),
    ),
)
def test_advertising(text: str, label: str) -> None:
    """Links, sellers' words and footers are asked back about; the footer alone is an opt-out."""
    assert read(text) == label


@pytest.mark.parametrize(("length", "label"), [(9, "1"), (10, "unclear"), (11, "unclear")])
def test_footer_counts_behind_ten_other_characters(length: int, label: str) -> None:
    """The footer makes advertising of ten or more characters before it."""
    assert read("很满意".ljust(length, "啊") + "退订回T") == label
