"""The citizen's own words beside the level, cut from the text as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.domain.reply.framing import BRACKETS
from gateway.domain.reply.normalise import MARK, fold

if TYPE_CHECKING:
    from gateway.domain.reply.framing import Message
    from gateway.domain.reply.normalise import Normalised

_OPENING: Final = {closing: opening for opening, closing in BRACKETS.items()} | {
    "）": "（",
    "］": "［",
    "｝": "｛",
}


def behind_digit(normal: Normalised, message: Message, end: int) -> str:
    """What stands behind the head digit and before a signature, without the separators around it."""
    behind = normal.original[normal.origin(end) : normal.origin(message.stop)]
    first, last = 0, len(behind)
    while first < last and not _is_word(behind[first]):
        first += 1
    while last > first and not _is_word(behind[last - 1]):
        last -= 1
    while behind[last : last + 1] in _OPENING and _OPENING[behind[last]] in behind[first:last]:
        last += 1
    return behind[first:last]


def whole_message(normal: Normalised, message: Message, without_evidence: str) -> str:
    """The message but for its signature, when it holds more than its evidence; else nothing."""
    signed = message.text.startswith("【", message.stop)
    stop = message.stop if signed else len(message.text)
    more = any(character.isalnum() for character in without_evidence[:stop] if character != MARK)
    return normal.original[: normal.origin(stop)].strip() if more else ""


def _is_word(character: str) -> bool:
    return any(part.isalnum() for part in fold(character))
