"""Bounce classes, and what of a reply was written now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.mail.incoming import BounceClass, bounce_class
from gateway.domain.mail.quotes import cut_quotes


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("failed", "5.1.1", BounceClass.PERMANENT),
        ("failed", "5.2.2", BounceClass.MAILBOX_FULL),
        ("failed", "4.2.2", BounceClass.MAILBOX_FULL),
        ("delayed", "4.4.1", BounceClass.DELAYED),
        ("Failed ", "", BounceClass.PERMANENT),
        ("", "5.7.1 (rejected)", BounceClass.PERMANENT),
        ("relayed", "2.0.0", BounceClass.UNKNOWN),
        ("", "nonsense", BounceClass.UNKNOWN),
    ],
)
def test_reports_are_classed_by_their_codes(action: str, status: str, expected: BounceClass) -> None:
    """RFC 3464's action and RFC 3463's code; a full mailbox is told apart from none."""
    assert bounce_class(action, status) is expected


@pytest.mark.parametrize(
    "quoted",
    [
        "在 2026年11月24日 10:00，政务服务好差评 <rating@example.cn> 写道：\n> 请回访",
        "On Tue, 24 Nov 2026 at 10:00, Rating <rating@example.cn> wrote:\n> call back",
        "------------------ 原始邮件 ------------------\n发件人: 政务服务好差评",
        "-----Original Message-----\nFrom: rating",
        "发件人：政务服务好差评\n主题：差评整改",
        "> 请回访\n> 谢谢",
        "-- \n市公安局 政务服务科",
    ],
)
def test_what_a_reply_quotes_is_cut_off(quoted: str) -> None:
    """As the mail programs write it that agencies use."""
    assert cut_quotes(f"已安排专人回访。\r\n\r\n{quoted}") == "已安排专人回访。"
    assert cut_quotes(quoted) == ""


@given(st.text(max_size=300))
def test_cutting_never_fails_and_adds_nothing(text: str) -> None:
    """Whatever somebody writes, every line that is left was in it."""
    left = cut_quotes(text)

    assert len(left) <= len(text)
    assert all(not line.strip().startswith(">") for line in left.split("\n"))


@pytest.mark.parametrize(
    "introduction", ["在 2026年11月24日 10:00，好差评 写道：", "On Tue, 24 Nov 2026, Rating wrote:"]
)
def test_an_answer_under_what_it_quotes_is_kept__regression(introduction: str) -> None:
    """Line by line quotes end where the marks do."""
    assert cut_quotes(f"{introduction}\n> 请回访\n> 谢谢\n\n已回访，对方满意。") == "已回访，对方满意。"
    assert cut_quotes(f"已回访。\n{introduction}\n\n差评整改工单\n请回访") == "已回访。"
