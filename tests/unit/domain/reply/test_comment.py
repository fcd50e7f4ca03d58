"""The comment: the citizen's own words beside the level, as they came."""

from __future__ import annotations

import pytest

from gateway.domain.reply import read_reply


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("1", ""),
        ("1。", ""),
        ("5😡😡😡", ""),
        ("4 等太久", "等太久"),
        ("4，等太久，態度差！", "等太久，態度差"),
        ("3\n继续努力", "继续努力"),
        ("回复：1 Good Service", "Good Service"),
        ("1️⃣ 很好", "很好"),
        ("⑴很好", "很好"),
        ("⒈很好", "很好"),
        ("“1” 他说“好”", "他说“好”"),
        ("1 谢谢", "谢谢"),
        ("1【来自我的手机】", ""),
        ("1 很好【来自我的手机】", "很好"),
        ("选 二，態度好", "態度好"),
        ("满意", ""),
        ("非 常 满 意", ""),
        ("10分！", ""),
        (" 服務很好 ", "服務很好"),
        ("不好意思，很满意", "不好意思，很满意"),
        ("满意1", "满意1"),
        ("很满意【张三】", ""),
        ("服务很满意【张三】", "服务很满意"),
        ("5 非常满意", ""),
    ],
)
def test_comment(text: str, comment: str) -> None:
    """What stands behind the head digit, else the whole message when it holds more than its evidence."""
    assert read_reply(text).comment == comment
