"""Rule 8: a message that asks says no level, unless a head digit does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.domain.reply.framing import Message

_WORDS: Final = re.compile(
    "没什么|没啥|几分钟|(?P<asks>什么|甚么|啥|怎么|怎样|咋|为何|如何|是否|哪|谁|几分|几星|有没有|是不是|满不满意|好不好"
    r"|(?<![a-z])(?:what|who|why|how)(?![a-z]))"
)
_NO_MATTER: Final = re.compile(r"(?:不管|无论|不论)[^\W_]*")
_ASKING_END: Final = re.compile(r"(?:[吗么呢嘛不否]|没|没有)\Z")
_TWISTED: Final = re.compile("满不满意|好不好")


def is_question(message: Message, without_evidence: str) -> bool:
    """Whether a message asks: by a question mark, a question word outside its evidence, or its end."""
    if message.text.find("?") >= 0 or _TWISTED.search(message.text, message.start):
        return True
    settled = _NO_MATTER.sub("", without_evidence)
    if any(found["asks"] for found in _WORDS.finditer(settled, message.start)):
        return True
    return _ASKING_END.search(without_evidence, max(message.start, message.end - 2), message.end) is not None
