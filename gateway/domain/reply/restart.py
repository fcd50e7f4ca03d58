"""The end of an opt-out: only an explicit wish, standing alone, starts the messages again."""

from __future__ import annotations

import re
from typing import Final

from gateway.domain.reply.framing import frame
from gateway.domain.reply.normalise import normalise
from gateway.domain.reply.opt_out import WORDS_BEFORE, WORDS_BEHIND, whole_message

_RESTART: Final = re.compile(rf"{WORDS_BEFORE}*+(?:start|unstop|恢复|恢复订阅){WORDS_BEHIND}*")


def wants_restart(text: str) -> bool:
    """Whether the whole message, framing and punctuation aside, asks to get messages again."""
    message = frame(normalise(text).text)
    if "?" in message.text or "吗" in message.text:
        return False
    return _RESTART.fullmatch(whole_message(message)) is not None
