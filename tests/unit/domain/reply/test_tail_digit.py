"""Rule 4, the tail: a bare digit beside a level phrase."""

from __future__ import annotations

import pytest

from gateway.domain.reply import Rule, read_reply
from tests.unit.domain.reply.replies import read, table


@pytest.mark.parametrize(
    ("text", "label"),
    table(
        _1=("满意1", "很满意，1", "满意 1", "满意1，谢谢", "很好，给1"),
        _2=("很好2", "很满意 2 谢谢", "满意3次"),
        _3=("满意。3",),
        _4=("不满意4", "太差了，4"),
        _5=("差，5",),
        unclear=(
            *(
                "问题已解决 1",
                "满意5",
                "不满意，1",
                "满意 1 2",
                "满意1，很好2",
                "很好，选2",
                "很满意，二",
                "满意度 1",
            ),
            *("满意1？", "如果修好就满意，1", "上次很满意 1"),
        ),
    ),
)
def test_tail_digit(text: str, label: str) -> None:
    """It sets the level beside a phrase, must agree with it, and means nothing without one."""
    assert read(text) == label


def test_rule_tells_tail_from_head() -> None:
    """An operator sees which digit decided."""
    assert [read_reply("满意1").rule, read_reply("1满意").rule] == [Rule.TAIL_DIGIT, Rule.HEAD_DIGIT]
