"""The letter of a reminder, when several invitations are open."""

from __future__ import annotations

import pytest

from gateway.domain.reply import take_letter

LETTERS = frozenset("AB")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A1", ("A", "1")),
        ("a 1", ("A", "1")),
        ("Ａ１", ("A", "１")),
        ("A：非常满意", ("A", "非常满意")),
        ("A：非常滿意", ("A", "非常滿意")),
        ("回复B2", ("B", "2")),
        ("您好，回复 b：5 等太久", ("B", "5 等太久")),
        ("A不满意", ("A", "不满意")),
        ("A一", ("A", "一")),
        ("A1，谢谢", ("A", "1，谢谢")),
        ("C1", (None, "C1")),
        ("A", (None, "A")),
        ("1", (None, "1")),
        ("A12", (None, "A12")),
        ("A1B2", (None, "A1B2")),
        ("A1 B4", (None, "A1 B4")),
        ("a good job", (None, "a good job")),
        ("B栋3号", (None, "B栋3号")),
        ("我住A1栋", (None, "我住A1栋")),
        ("", (None, "")),
    ],
)
def test_take_letter(text: str, expected: tuple[str | None, str]) -> None:
    """Only a given letter with an option behind it counts, and only one."""
    assert take_letter(text, LETTERS) == expected
