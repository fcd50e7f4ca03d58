"""Rule 4: the option digit the message begins with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from gateway.domain.reply.framing import BRACKETS
from gateway.domain.reply.normalise import CHINESE
from gateway.domain.reply.numerals import OPTION_NUMERALS

if TYPE_CHECKING:
    from gateway.domain.reply.framing import Message

LEADING_WORDS: Final = (
    *("回复", "回覆", "回", "答复", "答", "选", "选择", "选项", "就选", "就选择", "请选", "请选择", "按"),
    *("评价", "评", "打", "给", "是", "就", "那", "那就", "我", "数字", "应该是"),
)
"""Words that may stand before the digit, singly or combined."""

MEASURE_WORDS: Final = (
    *("天", "年", "月", "日", "周", "星期", "小时", "分钟", "秒", "点", "次", "个", "元", "块", "毛", "角"),
    *("万", "千", "百", "趟", "人", "名", "位", "条", "件", "家", "层", "楼", "栋", "路", "线", "室", "岁"),
    *("倍", "折", "成", "级", "话", "度", "米", "里", "斤", "%"),
)
"""Directly behind a number they make it a quantity."""

# Measure words the list leaves open, and quantities of time set off by a space: a number before them is
# hardly an option, so it must not decide alone.
_MORE_MEASURES: Final = (
    r"遍|份|项|台|辆|亩|吨|公里|公斤|平方|平米|厘米|幢|轮|号|多[天年月次个小]|张[表纸照证单]|本[书证]|分之|星[级半]"
    r"|\s(?:天[了才就内前后没还多]|年[了多内]|次(?!序)|趟|个?(?:工作日|小时|多?月|星期(?![一二三四五六日天几]))|分钟)"
)


def alternatives(words: tuple[str, ...]) -> str:
    """Words as a regular expression, longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


LEAD: Final = rf"(?:(?:{alternatives(LEADING_WORDS)})[\s:]*+)*+"
"""Any run of leading words, as the source of a regular expression."""

_OPENING: Final = "".join(re.escape(bracket) for bracket in BRACKETS)
_CLOSING: Final = "".join(re.escape(bracket) for bracket in BRACKETS.values())
_HEAD: Final = re.compile(
    rf"{LEAD}(?P<open>[{_OPENING}]\s*)?(?P<option>[1-5]|[{''.join(OPTION_NUMERALS)}])(?P<close>\s*[{_CLOSING}])?"
)
_BEHIND_DIGIT: Final = re.compile(rf"(?=[\W_]|\Z|[{CHINESE}])")
_BEHIND_NUMERAL: Final = re.compile(r"(?=[\W_]|\Z)")
_QUANTITY: Final = re.compile(
    r"\.[0-9]++\s?(?:[分颗个星⭐★]|stars?)|"
    rf"(?!点赞|百分(?!钟))(?:{alternatives(MEASURE_WORDS)})|\s?(?:分(?![局公店管类配工析期行部头享开别])|[颗个]?\s?星(?![期级半])"
    r"|[颗个]?\s?[⭐★☆\U0001f31f]|\s?-?\s?stars?(?![a-z])|选项|号(?=[\W_]|\Z))"
)
_HARDLY_AN_OPTION: Final = re.compile(rf"{_MORE_MEASURES}|点赞")
_LETTERED: Final = re.compile(rf"{LEAD}[a-z]\s?:?\s?(?P<digit>[1-5])")


def is_quantity(text: str, end: int, stop: int) -> bool:
    """Whether a number that ends at a position counts something: a unit or a measure word is behind it."""
    return bool(_QUANTITY.match(text, end, stop) or _HARDLY_AN_OPTION.match(text, end, stop))


def lettered_digit(message: Message, phrase_starts: set[int]) -> re.Match[str] | None:
    """An option digit behind a letter that opens the message (A1): which service is not known here."""
    found = _LETTERED.match(message.text, message.start, message.stop)
    if found and (
        found.end() in phrase_starts or _BEHIND_NUMERAL.match(message.text, found.end(), message.stop)
    ):
        return found
    return None


class Head(NamedTuple):
    """The option digit at the head of a message."""

    digit: int
    start: int
    end: int
    """Behind the digit and its bracket."""
    doubtful: bool
    """True when what follows makes it hardly an option: it must not decide alone."""


def find_head(message: Message) -> Head | None:
    """The option digit that opens the message behind its framing and leading words, if one does."""
    text, stop = message.text, message.stop
    found = _HEAD.match(text, message.start, stop)
    if found is None:
        return None
    end = found.end("option")
    if found["open"] or found["close"]:
        if found["open"] and (not found["close"] or BRACKETS[found["open"][0]] != found["close"].strip()):
            return None
        end = found.end() if found["open"] else end
    option = found["option"]
    behind = _BEHIND_DIGIT if option.isascii() else _BEHIND_NUMERAL
    if not (found["open"] or behind.match(text, end, stop)) or _QUANTITY.match(text, end, stop):
        return None
    doubtful = _HARDLY_AN_OPTION.match(text, end, stop) is not None
    return Head(OPTION_NUMERALS.get(option) or int(option), found.start("option"), end, doubtful)
