"""Cutting off what a reply quotes, so that what is left is what somebody wrote now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_ORIGINALS: Final = (
    r"^-{2,}\s*(?:original message|原始邮件|回复的原邮件|forwarded message|转发邮件信息)\s*-{2,}",
    r"^_{8,}\s*$",
    r"^(?:发件人|from)\s*[:：].*",
    r"^-----\s*$",
)
"""Behind these the other email stands as it was, down to the end."""
_INTRODUCTIONS: Final = (
    r"^在.{4,120}(?:写道|写了)\s*[:：]?\s*$",
    r"^\d{4}年\d{1,2}月\d{1,2}日.{0,120}(?:写道|写了)\s*[:：]?\s*$",
    r"^on\b.{4,200}\bwrote\s*[:：]\s*$",
)
"""Behind these it is quoted line by line, or stands as it was."""
_ORIGINAL: Final = re.compile("|".join(_ORIGINALS), re.IGNORECASE)
_INTRODUCTION: Final = re.compile("|".join(_INTRODUCTIONS), re.IGNORECASE)
_SIGNATURE: Final = "-- "
_MARK: Final = ">"


def cut_quotes(text: str) -> str:
    """The text without what it quotes and without a signature; empty when nothing else is in it."""
    lines = text.replace("\r\n", "\n").split("\n")
    kept: list[str] = []
    for place, line in enumerate(lines):
        plain = line.strip()
        if line == _SIGNATURE or _ORIGINAL.match(plain):
            break
        if _INTRODUCTION.match(plain):
            if _is_quoted(lines[place + 1 :]):
                # What is not marked below was written now: some people answer under what they quote.
                continue
            break
        if not plain.startswith(_MARK):
            kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _is_quoted(following: Sequence[str]) -> bool:
    """Whether what follows is marked line by line."""
    first = next((line.strip() for line in following if line.strip()), "")
    return first.startswith(_MARK)
