"""Rule 5: points, stars and numbered options, anywhere in the message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.evidence import Evidence, Kind
from gateway.domain.reply.numerals import OPTION_NUMERALS, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

POINTS: Final = {10: 1, 100: 1, 8: 2, 6: 3, 0: 5}
"""Points → option digit. Any other number of points says nothing certain: five of five, or option 5?"""
STARS: Final = {5: 1, 4: 2, 3: 3, 2: 4, 1: 5}
"""Stars → option digit: the most stars are the best level, the opposite of the option digit."""

_DEGREE: Final = 10
# 十分 is also the degree "fully": ten is points only at the end of its clause.

_NUMBER: Final = (
    r"(?:(?<![0-9])(?<![0-9]\.)[0-9]++(?:\.[0-9]+)?|(?<![零〇一二两三四五六七八九十百千万半])"
    r"[零〇一二两三四五六七八九十百半壹贰叁肆伍]++(?:点[零一二三四五六七八九]+)?|满)"
)
# 分 begins other words: a minute, a fraction, a branch office …
_NO_POINTS: Final = "钟|之|百|点|比|局|公司|店|管|类|配|工|析|期|行|部|头|外|享|开|别|明"
_NO_STAR: Final = "期|级|半"
_UNIT: Final = re.compile(
    rf"(?P<number>{_NUMBER})\s?(?:(?P<points>分(?!{_NO_POINTS}))"
    rf"|(?P<stars>[颗个]?\s?(?:星(?!{_NO_STAR})|[⭐★])|stars?(?![a-z0-9]))"
    r"|(?P<strange>[颗个]?\s?[\U0001f31f☆]|[颗个]?半?星半|[颗个]半\s?星|\s?-\s?stars?(?![a-z])))"
)
_OPTION: Final = re.compile(
    r"第\s?(?P<item>[1-5一二三四五])\s?[项个](?!月|星期|小时|工作日|礼拜)"
    r"|选项\s?:?\s?(?P<behind>[1-5一二三四五])(?![0-9一二三四五六七八九十])"
    r"|(?<![0-9一二三四五六七八九十.])(?P<before>[1-5一二三四五])\s?选项"
    r"|(?<![0-9一二三四五六七八九十.])(?P<number>[1-5一二三四五])\s?号"
)
_RANGE_BEFORE: Final = re.compile(r"[0-9一二三四五六七八九十]\s?[-~到至/.]\s?\Z")
_ENDS_CLAUSE: Final = re.compile(r"[\W_]|\Z")
_OPTION_ENDS: Final = re.compile(r"(?:选项)?[吧了啊哦呀]?(?:[\W_]|\Z|[很挺不]|非常|满意|基本|比较)")
_ONLY_CHOOSING_BEFORE: Final = re.compile(r"(?:\A|[\W_])[我就选请想要的是给按回复那第评价打择\s:]*\Z")
_THANKS: Final = re.compile("感谢|谢谢")
_A_LITTLE: Final = 12


def find_units(text: str, start: int, stop: int) -> list[Evidence] | None:
    """Every unit between two positions, in order; None when one stands for no level."""
    found = list(_options(text, start, stop))
    for unit in _UNIT.finditer(text, start, stop):
        value = value_of(unit["number"])
        if unit["points"] and value == _DEGREE and not _is_ten_points(text, unit, stop):
            if unit["number"] != "十":
                found.append(Evidence(*unit.span(), 1, Kind.UNIT, doubtful=True))
            continue
        level = (POINTS if unit["points"] else STARS).get(-1 if value is None else value)
        before = text[max(0, unit.start() - _A_LITTLE) : unit.start()]
        if level is None or unit["strange"] or _RANGE_BEFORE.search(before):
            return None
        found.append(Evidence(*unit.span(), level, Kind.UNIT))
    return sorted(found, key=lambda each: each.start)


def _is_ten_points(text: str, unit: re.Match[str], stop: int) -> bool:
    ends = _ENDS_CLAUSE.match(text, unit.end(), stop) is not None
    return ends and not _THANKS.search(text, unit.end(), stop)


def _options(text: str, start: int, stop: int) -> Iterator[Evidence]:
    for found in _OPTION.finditer(text, start, stop):
        numeral = found[found.lastgroup or 0]
        level = OPTION_NUMERALS.get(numeral) or int(numeral)
        ends = _OPTION_ENDS.match(text, found.end(), stop) is not None
        if found.lastgroup == "number":
            if not ends:
                continue
            before = text[max(start, found.start() - _A_LITTLE) : found.start()]
            doubtful = not _ONLY_CHOOSING_BEFORE.search(before)
        else:
            doubtful = found.lastgroup == "item" and not ends
        yield Evidence(*found.span(), level, Kind.UNIT, doubtful=doubtful)
