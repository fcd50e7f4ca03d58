"""Rule 2: advertising that came in as a reply is asked back about, never rated and never an opt-out."""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = ("加微信", "返现", "代开", "点击")
_DOMAINS: Final = "com|cn|net|org|cc|top|xyz|vip|shop|club|site|info|io|co|ly|app|link|wang|ink|tv|biz|hk|tw"
_ADVERTISING: Final = re.compile(
    rf"{'|'.join(_WORDS)}|https?:/|(?<![a-z0-9])www\.|[a-z0-9]\.(?:{_DOMAINS})(?![a-z])",
)
_UNSUBSCRIBE_FOOTER: Final = re.compile(r"(?:退订回t|回t退订)[\W_]*\Z")
_LEAST_TEXT_BEFORE_FOOTER: Final = 10


def is_advertising(text: str) -> bool:
    """Whether a normalised text holds a link, a seller's words, or a mass message's unsubscribe footer."""
    if _ADVERTISING.search(text):
        return True
    if "退订" not in text:
        return False
    footer = _UNSUBSCRIBE_FOOTER.search(text)
    return footer is not None and len("".join(text[: footer.start()].split())) >= _LEAST_TEXT_BEFORE_FOOTER
