"""Text from outside loses what cannot be seen before it is printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.plain_text import one_line, printable, storable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("社保\r\n登记", "社保 登记"),
        ("社保\x00\x1b[31m登记", "社保[31m登记"),
        ("社\u200b保\u202e登\ufeff记", "社保登记"),
        ("  社保 \u3000 登记\u2028", "社保 登记"),
        ("【银行】社保", "［银行］社保"),
        ("\ud800社保", "社保"),
        ("{{ signature }}", "{{ signature }}"),
        ("😀", "😀"),
    ],
)
def test_one_line_shows_only_what_can_be_seen(text: str, expected: str) -> None:
    """Controls, invisible marks, line breaks and forged signatures go; words stay."""
    assert one_line(text) == expected


@given(st.text())
def test_one_line_is_settled(text: str) -> None:
    """Once made one line, a text is printable, has no line break and does not change again."""
    line = one_line(text)
    assert line == one_line(line)
    assert len(line.splitlines()) <= 1
    assert "【" not in line


@given(st.text())
def test_printable_keeps_line_breaks_alone(text: str) -> None:
    """Paragraphs of a comment stay; no other control character does."""
    assert all(c == "\n" or c.isprintable() or c.isspace() or ord(c) > 0x7F for c in printable(text))
    assert printable("a\r\nb\rc\td\x07") == "a\nb\nc d"


@given(st.text(st.characters()))
def test_what_is_storable_is_utf8_without_nul(text: str) -> None:
    """Every text can be kept after it, and one that could be kept anyway is left as it came."""
    kept = storable(text)
    kept.encode()
    assert "\0" not in kept
    assert storable(kept) == kept
    assert kept == text or len(kept) < len(text)
