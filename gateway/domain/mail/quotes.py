"""Cutting off what a reply quotes, so that what is left is what somebody wrote now."""

from __future__ import annotations

import re
from typing import Final

_BEGINNINGS: Final = (
    r"^-{2,}\s*(?:original message|原始邮件|回复的原邮件|forwarded message|转发邮件信息)\s*-{2,}",
    r"^_{8,}\s*$",
    r"^(?:发件人|from)\s*[:：].*",
    r"^在.{4,120}(?:写道|写了)\s*[:：]?\s*$",
    r"^\d{4}年\d{1,2}月\d{1,2}日.{0,120}(?:写道|写了)\s*[:：]?\s*$",
    r"^on\b.{4,200}\bwrote\s*[:：]\s*$",
    r"^-----\s*$",
)
_BEGINS: Final = re.compile("|".join(_BEGINNINGS), re.IGNORECASE)
_SIGNATURE: Final = "-- "
_MARK: Final = ">"


def cut_quotes(text: str) -> str:
    """The text without what it quotes and without a signature; empty when nothing else is in it."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        plain = line.strip()
        if line == _SIGNATURE or _BEGINS.match(plain):
            break
        if not plain.startswith(_MARK):
            kept.append(line.rstrip())
    return "\n".join(kept).strip()
