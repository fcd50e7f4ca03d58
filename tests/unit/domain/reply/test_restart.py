"""The end of an opt-out."""

from __future__ import annotations

import pytest

from gateway.domain.reply import wants_restart


@pytest.mark.parametrize(
    "text",
    [
        "START",
        "start.",
        "恢复",
        "恢復",
        "恢复订阅",
        "UNSTOP",
        "请恢复",
        "我要恢复订阅",
        "回复START",
        "恢复吧，谢谢",
        "ＳＴＡＲＴ",
    ],
)
def test_an_explicit_wish_restarts(text: str) -> None:
    """The word alone, but for framing and small words, starts the messages again."""
    assert wants_restart(text)


@pytest.mark.parametrize(
    "text", ["", "恢复了吗", "START?", "恢复供水了", "start now", "1", "TD", "restart", "恢复 1", "不恢复"]
)
def test_anything_else_does_not(text: str) -> None:
    """An opt-out ends only by an explicit wish."""
    assert not wants_restart(text)
