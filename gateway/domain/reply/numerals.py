"""Digits and Chinese numerals as they stand in replies."""

from __future__ import annotations

from typing import Final

OPTION_NUMERALS: Final = {numeral: digit % 5 + 1 for digit, numeral in enumerate("一二三四五壹贰叁肆伍")}
"""Chinese numerals that can be an option."""

NUMERALS: Final = "零〇一二两三四五六七八九十百千万壹贰叁肆伍"
"""Every Chinese numeral, for use inside a regular expression's brackets."""

_DIGITS: Final = OPTION_NUMERALS | {"零": 0, "〇": 0, "两": 2, "六": 6, "七": 7, "八": 8, "九": 9}
_ROUND: Final = {"十": 10, "一十": 10, "百": 100, "一百": 100, "壹百": 100, "满": 100}


def value_of(numeral: str) -> int | None:
    """The value of a whole number up to ten, of a hundred, and of 满 (full marks); None for any other."""
    if numeral.isascii() and numeral.isdigit():
        return int(numeral[:4])
    return _ROUND.get(numeral, _DIGITS.get(numeral))
