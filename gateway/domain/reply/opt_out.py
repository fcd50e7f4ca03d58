"""Rule 3: the citizen wants no more messages. It wins even beside a rating, unless it asks."""

from __future__ import annotations

import re
from typing import Final

from gateway.domain.reply.clauses import Clauses
from gateway.domain.reply.framing import FRAMING_WORD, Message
from gateway.domain.reply.reading import Rule

_WHOLE_MESSAGES: Final = (
    *("t", "td", "n", "退订", "退订回t", "回t退订", "t退订", "取消", "取消订阅", "拒收"),
    *("stop", "stopall", "unsubscribe", "end", "quit", "cancel"),
    *("td退订", "退订t", "退订td", "回td退订", "退订回td", "退定", "optout"),
    *("(?:退订|取消|拒收)(?:短信|信息|消息)(?:服务|提醒|通知)?",),
)
_WHOLE_CLAUSES: Final = ("退订", "td", "stop", "unsubscribe")
WORDS_BEFORE: Final = "(?:请|我要求|我要|我想要|我想|我|要|帮我|给我|马上|立即|立刻|回复|回覆|回|发送)"
"""A small word before a wish to end or restart the messages, as the source of a regular expression."""
WORDS_BEHIND: Final = "[吧了啊呀啦]"
"""A particle behind it."""

_EXACT: Final = re.compile(rf"{WORDS_BEFORE}*+(?:{'|'.join(_WHOLE_MESSAGES)}){WORDS_BEHIND}*")
_BEFORE: Final = rf"(?:(?:{FRAMING_WORD}|{WORDS_BEFORE})\s*+)*+"
_WORD: Final = rf"{_BEFORE}(?:{'|'.join(_WHOLE_CLAUSES)})"
_CLAUSE: Final = re.compile(rf"{_WORD}(?:{WORDS_BEHIND}|{FRAMING_WORD}|\s)*+")
_FIRST_WORD: Final = re.compile(rf"{_WORD}{WORDS_BEHIND}*+(?!\w|['’-][a-z0-9])")

_NO_MORE: Final = (
    r"(?:(?<!要)不要|(?<!用)不用|不必|(?<![特分个区级识性类判鉴告差派])别(?!人|的)|勿|停止|(?<![a-z])stop|不需要|无需|不准|不许"
    r"|禁止|甭|莫|唔好|唔使)"
)
_AGAIN: Final = "(?:他妈的?|tmd?|特么)?(?:再次|再来|再|来|老是|老|总是|总|一直|每天|天天|半夜|继续|乱|用)?"
_TO_ME: Final = "(?:[给向跟对往](?:我们|咱们|俺们|我|俺|咱|本人|人家))?"
_MEANS: Final = "(?:打电话|电话|短信|信息|消息)?"
# 发 begins many words that have nothing to do with messages (发票 发火 发现).
_MESSAGING: Final = "(?:打扰|骚扰|发(?![票火现生展愁呆烧怒飙证货挥泄慌抖脾牢放布起动改热言]))"
_REQUEST: Final = re.compile(
    rf"{_NO_MORE}\s*{_AGAIN}\s*{_TO_ME}\s*{_MEANS}\s*{_AGAIN}\s*{_MESSAGING}|勿扰(?!民)|停发(?:短信|信息|消息)"
    r"|(?<![a-z])stop\s+(?:sending|texting|messaging)(?![a-z])"
    r"|(?<![a-z])(?:do\s+not|don['’]?t)\s+(?:send|text|message)(?![a-z])"
)
_SOME_KEYWORD: Final = re.compile("退|发|扰|取消|拒收|[tndp]")


def opt_out(message: Message) -> Rule | None:
    """Which form of opt-out the message is, if any."""
    text = message.text
    if not _SOME_KEYWORD.search(text):
        return None
    if _is_exact(message):
        return Rule.OPT_OUT_EXACT
    if _says_the_word(message):
        return Rule.OPT_OUT_WORD
    if any(not _asks(text, found.start()) for found in _REQUEST.finditer(text, 0, message.stop)):
        return Rule.OPT_OUT_REQUEST
    return None


def whole_message(message: Message) -> str:
    """What is left of a message without framing, punctuation and spaces."""
    return "".join(filter(str.isalnum, message.text[message.start : message.end]))


def _is_exact(message: Message) -> bool:
    return _EXACT.fullmatch(whole_message(message)) is not None


def _says_the_word(message: Message) -> bool:
    text = message.text
    first = _FIRST_WORD.match(text, message.start, message.stop)
    if first and not _asks(text, first.start()):
        return True
    return any(
        _CLAUSE.fullmatch(text, clause.start, clause.end) and not _asks(text, clause.start)
        for clause in Clauses(text, message.start, message.stop).all
    )


def _asks(text: str, start: int) -> bool:
    """A question before the wish does not turn the wish into one; a question mark or 吗 behind it does.

    A question mark behind the bare word alone (`STOP?`) is punctuation like any other.
    """
    return text.find("?", start) >= 0 or text.find("吗", start) >= 0
