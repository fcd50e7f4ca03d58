"""Rule 1, framing: what is set aside at either end - greetings, thanks, politeness, emoji, a signature."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_CHINESE_WORDS: Final = (
    r"(?:您|你|你们|您们|大家|领导|同志|老师|师傅|领导您|领导你|同志您|同志你|各位)好",
    r"(?:早上|上午|中午|下午|晚上)好",
    r"(?:谢谢|多谢|感谢|谢了)(?:您们|你们|大家|您|你|了|啦|哈|哦)?",
    r"辛苦了",
    r"麻烦了",
)
_ENGLISH_WORDS: Final = (
    r"good +(?:morning|afternoon|evening|luck)",
    r"thank +you",
    r"please",
    r"pl[sz]",
    r"thanks",
    r"hello",
    r"hi",
)
FRAMING_WORD: Final = (
    rf"(?:{'|'.join(_CHINESE_WORDS)}|(?<![a-z0-9])(?:{'|'.join(_ENGLISH_WORDS)})(?![a-z0-9]))"
)
"""A greeting, thanks or politeness, as the source of a regular expression over normalised text."""

# Separators that may stand before the first word and mean nothing; signs that belong to numbers, brackets,
# quotes, question marks and stars are not among them.
_MEANINGLESS: Final = r"[^\w.+\-/~%#*&$=<>?()\[\]{}\"'“”‘’«»「」『』《》〈〉【】〔〕⭐★☆\U0001f31f]"
_AT_START: Final = re.compile(rf"(?:{_MEANINGLESS}|{FRAMING_WORD})*+")
_SEPARATORS_AT_END: Final = re.compile(r"[\W_]*+\Z")
_WORD_AT_END: Final = re.compile(rf"{FRAMING_WORD}\Z")
_LONGEST_WORD: Final = 24
_SIGNATURE: Final = re.compile(r"【([^【】]*)】\s*\Z")
_WORTHLESS_AS_SIGNATURE: Final = re.compile(r"[\W_0-9一二三四五]*\Z")
_PAIRS: Final = {
    "(": ")",
    "[": "]",
    "{": "}",
    "【": "】",
    "〔": "〕",
    "「": "」",
    "『": "』",
    "《": "》",
    "〈": "〉",
}
_PAIRS_ALIKE: Final = {"“": "”", "‘": "’", '"': '"', "'": "'", "<": ">", "«": "»"}
BRACKETS: Final = _PAIRS | _PAIRS_ALIKE
"""Opening bracket or quotation mark → the closing one."""


class Message(NamedTuple):
    """A normalised text with the places where its framing ends."""

    text: str
    start: int
    """Behind the greetings."""
    end: int
    """Before closing thanks, emoji and other separators."""
    stop: int
    """Before the signature; the end of the text when there is none."""


def frame(text: str) -> Message:
    """Find what the citizen meant to say between greeting, thanks and signature."""
    stop = _before_signature(text)
    first, stop = _inside_brackets(text, 0, stop)
    matched = _AT_START.match(text, first, stop)
    start = matched.end() if matched else first
    return Message(text, start, max(start, _end(text, start, stop)), stop)


def _before_signature(text: str) -> int:
    signature = _SIGNATURE.search(text) if "【" in text else None
    if signature is None or _WORTHLESS_AS_SIGNATURE.match(signature[1]):
        return len(text)
    before = _SEPARATORS_AT_END.sub("", text[: signature.start()])
    return signature.start() if before else len(text)


def _inside_brackets(text: str, start: int, stop: int) -> tuple[int, int]:
    """Without the one bracket pair that holds the whole message."""
    inner = text[start:stop].strip()
    closing = BRACKETS.get(inner[:1])
    if closing is None or len(inner) < len("()") or inner.find(closing, 1) != len(inner) - 1:
        return start, stop
    first = text.index(inner[0], start) + 1
    return first, text.rindex(closing, first, stop)


def _end(text: str, start: int, stop: int) -> int:
    end = stop
    while True:
        while end > start and not text[end - 1].isalnum():
            end -= 1
        word = _WORD_AT_END.search(text, max(start, end - _LONGEST_WORD), end)
        if word is None:
            return end
        end = word.start()
