"""Rule 4, the whole message: numbers that contradict, correct, list, quote the menu or ask."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from gateway.domain.reply.framing import FRAMING_WORD
from gateway.domain.reply.head_digit import LEAD, is_quantity
from gateway.domain.reply.normalise import CHINESE, MARK
from gateway.domain.reply.numerals import NUMERALS
from gateway.domain.reply.reading import Rule
from gateway.domain.reply.tail_digit import closing_digit

if TYPE_CHECKING:
    from gateway.domain.reply.findings import Findings
    from gateway.domain.reply.framing import Message
    from gateway.domain.reply.head_digit import Head
    from gateway.domain.reply.scene import Scene

_ANOTHER_NUMBER: Final = re.compile(
    rf"(?:[\W_]|或者|或|和|还是|到|至|与|跟|及|(?<![a-z])(?:or|and|to)(?![a-z]))*+{LEAD}(?:[0-9]++|[{NUMERALS}]++)(?=[^\w%⭐★]|\Z)"
)
_OPENING_NUMBER: Final = re.compile(rf"{LEAD}(?P<number>[0-9]++|[六七八九十零〇][{NUMERALS}]*+(?!\w))")
_ALONE: Final = re.compile(r"[\W_]|\Z")
_WORDS_WITH_ONE: Final = (
    "般|直|切|定|点|样|下|次|如既往|站式|流|贯|向|起|共|会|边"
    "|律|致|句话|步到位|心|窗|网|路|概|再|旦|些|口气|条龙"
)
_NUMERAL_BEHIND: Final = re.compile(rf"(?!一(?:{_WORDS_WITH_ONE})|十分(?!钟)|百分(?!钟))[{NUMERALS}]")
_CORRECTION: Final = re.compile("打错|按错|选错|写错|发错|更正|改成|改为|应该是")
_CORRECTED_CHOICE: Final = re.compile("打错了|按错|选错")
_SOME_NUMBER: Final = re.compile(f"[0-9{NUMERALS}]")
_DIGIT: Final = re.compile("[0-9]")
_NUMBER: Final = re.compile(r"(?<![0-9.])[0-9]++(?=(?P<space>\s?))")
_LIST_ITEM: Final = re.compile(r"(?<![0-9])([1-9]|(?<!\w)[一二三四五六七八九])[.、:)](?![0-9])")
_ITEM_TWO: Final = re.compile(rf"(?<![\w.])2(?=[{CHINESE}])")
_ENCLOSED: Final = re.compile("[\u2460-\u249b\u24f5-\u24ff\u2776-\u2793\u3220-\u3229\u3280-\u3289]")
_ASKED_AT_ONCE: Final = re.compile(r"[\W_]*?\?")
_GLUED: Final = re.compile(
    rf"[^\W_]*?(?P<asks>[吗么呢嘛])?(?:{FRAMING_WORD})?(?=(?P<mark>\s*[!.]*\?)|[\W_]|\Z)"
)
_ASKING_COMMENT: Final = re.compile("[\\W_]*(?:是|对|代表|表示|什么|啥|还是)")
_SHORT_QUESTION: Final = re.compile(
    r"[\W_]*(?:(?:行|可以|好|真的|成|这样|没错)(?:吗|么|嘛|不(?!\w)|吧?\?)|[吗么](?!\w))"
)
_PHRASES_THAT_ASK: Final = re.compile(rf"(?<!\w){MARK}+(?:[吗么呢嘛](?!\w)|(?=\s*[!.]*\?))")


def digit_doubt(found: Findings, original: str) -> Rule | None:
    """Why the numbers of a message leave it unclear, if they do."""
    message, head, scene = found.message, found.opening, found.scene
    if not _SOME_NUMBER.search(message.text):
        return _correction(message, head, scene)
    return (
        _opening_number(message, scene)
        or (_head_doubt(message, head, scene) if head else None)
        or _correction(message, head, scene)
        or _menu(head, scene)
        or _numbered_list(message, head, original)
    )


def _opening_number(message: Message, scene: Scene) -> Rule | None:
    """A number that is no option, standing alone or glued to a level phrase."""
    found = _OPENING_NUMBER.match(message.text, message.start, message.stop)
    if found is None or _is_option(found["number"], message.text[found.end() : found.end() + 1]):
        return None
    start, end = found.start("number"), found.end()
    if any(each.start <= start < each.end for each in scene.evidence):
        return None
    glued = any(each.start == end for each in scene.evidence)
    alone = _ALONE.match(message.text, end, message.stop) is not None
    return Rule.NOT_AN_OPTION if glued or alone else None


def _is_option(number: str, behind: str) -> bool:
    return len(number) == 1 and number in "12345" and behind != "%"


def _head_doubt(message: Message, head: Head, scene: Scene) -> Rule | None:
    text, stop = message.text, message.stop
    if _ANOTHER_NUMBER.match(text, head.end, stop):
        return Rule.TWO_NUMBERS
    begins_evidence = any(each.start == head.end for each in scene.evidence)
    if _NUMERAL_BEHIND.match(text, head.end, stop) and not begins_evidence:
        return Rule.DIGIT_IN_NUMERAL
    if _ASKED_AT_ONCE.match(text, head.end, stop):
        return Rule.DIGIT_QUESTION
    glued = _GLUED.match(text, head.end, stop)
    if glued and glued.end() > head.end and (glued["asks"] or glued["mark"]):
        return Rule.DIGIT_QUESTION
    asks = _ASKING_COMMENT.match(text, head.end, stop) or _SHORT_QUESTION.match(text, head.end, stop)
    if asks or _PHRASES_THAT_ASK.search(scene.rest, head.end, stop):
        return Rule.DIGIT_QUESTION
    closing = closing_digit(scene.rest, head.end, message.end)
    return Rule.TWO_NUMBERS if closing and closing.digit != head.digit else None


def _correction(message: Message, head: Head | None, scene: Scene) -> Rule | None:
    text, start, stop = message.text, message.start, message.stop
    digit = _DIGIT.search(text, start, stop)
    first = head.end if head else digit.end() if digit else stop
    if _CORRECTION.search(text, first, stop):
        return Rule.CORRECTION
    if scene.evidence and _CORRECTED_CHOICE.search(text, start, stop):
        return Rule.CORRECTION
    return None


def _menu(head: Head | None, scene: Scene) -> Rule | None:
    """Digits directly followed by level phrases: somebody quotes the options back."""
    starts = {each.start for each in scene.evidence}
    if not starts:
        return None
    quoted = [
        number
        for number in _NUMBER.finditer(scene.rest, scene.clauses.start, scene.clauses.stop)
        if (head is None or number.start() != head.start)
        and (number.end() in starts or (_stands_free(scene.rest, number) and number.end("space") in starts))
    ]
    return Rule.MENU if len(quoted) > (0 if head else 1) else None


def _stands_free(text: str, number: re.Match[str]) -> bool:
    return len(number[0]) == 1 and not text[max(0, number.start() - 1) : number.start()].isalnum()


def _numbered_list(message: Message, head: Head | None, original: str) -> Rule | None:
    text = message.text
    items = [found[1] for found in _LIST_ITEM.finditer(text, message.start, message.stop)]
    order = "123456789" if items and items[0].isascii() else "一二三四五六七八九"
    if any(one + two in order for one, two in pairwise(items)):
        return Rule.LIST
    if head is None:
        return None
    if len(_ENCLOSED.findall(original)) > 1:
        return Rule.LIST
    return Rule.LIST if head.digit == 1 and _goes_on_with_two(message, head) else None


def _goes_on_with_two(message: Message, head: Head) -> bool:
    text, stop = message.text, message.stop
    return any(
        not is_quantity(text, item.end(), stop) and any(map(str.isalnum, text[head.end : item.start()]))
        for item in _ITEM_TWO.finditer(text, head.end, stop)
    )
