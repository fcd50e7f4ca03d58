"""Rule 3: the citizen wants no more messages."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Outcome, read_reply
from tests.unit.domain.reply.replies import grid, read, table, words

EXACT = words("T TD N 退订 退订回T 回T退订 T退订 取消 取消订阅 拒收 STOP STOPALL UNSUBSCRIBE END QUIT CANCEL")
BEFORE = ("", "请", "我要", "我想", "我", "回", "回复", "发送", "您好，", "请回复")
BEHIND = ("", "吧", "了", "！", "。", "，谢谢", " 😡", "了，谢谢")
NO_MORE = words("不要 不用 不必 别 勿 请勿 停止 STOP")
MESSAGING = words("发 发送 打扰 骚扰")


@pytest.mark.parametrize("word", EXACT)
def test_exact_words_in_every_frame(word: str) -> None:
    """Each word, alone but for the small words and framing around it, ends the messages."""
    texts = [before + word.lower() + behind for before, behind in grid(BEFORE, BEHIND)]

    assert [text for text in texts if read_reply(text).outcome is not Outcome.OPT_OUT] == []


@pytest.mark.parametrize("no_more", NO_MORE)
@pytest.mark.parametrize("frame", ["{}", "5，{}了", "1 很好 {}短信"])
def test_requests_to_stop(no_more: str, frame: str) -> None:
    """Every combination tells us to stop, even beside a rating."""
    texts = [frame.format("".join((no_more, *rest))) for rest in grid(("", "再"), ("", "给我"), MESSAGING)]

    assert [text for text in texts if read(text) != "opt_out"] == []


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        opt_out=(
            *(
                "退订，不满意",
                "TD，服务很好",
                "1 退订",
                "很满意。TD",
                "unsubscribe me",
                "STOP it",
                "太差了 请退订吧",
            ),
            *(
                "stop sending me this",
                "please stop texting",
                "Stop messaging!",
                "T D",
                "退 订",
                "【退订】",
                "STOP?",
            ),
            *("烦不烦？别再发了！", "stop. thank you", "别再来打扰", "不要再给我们发", "请勿扰", "退订回TD"),
        ),
        unclear=(
            *(
                "TD吗？",
                "退订吗",
                "退订，可以吗",
                "能不能别发了？",
                "别再发了好吗",
                "怎么退订",
                "退订单",
                "T恤",
                "T_T",
            ),
            *(
                "NO",
                "TD1",
                "退订1",
                "TD-LTE",
                "weekend",
                "取消预约",
                "特别发",
                "别人发的",
                "不要发火",
                "要不要发",
            ),
        ),
        _1=("T恤店的事处理得很好", "不用发票就办了，很好", "退订单很好"),
        _4=("TD-LTE差",),
    ),
)
def test_opt_out_and_what_only_looks_like_one(text: str, label: str) -> None:
    """It wins beside a rating; a question or a longer word is none."""
    assert read(text) == label
