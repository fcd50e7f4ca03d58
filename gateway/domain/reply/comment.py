"""The citizen's own words beside the level, cut from the text as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.reply.normalise import MARK, fold

if TYPE_CHECKING:
    from gateway.domain.reply.framing import Message
    from gateway.domain.reply.normalise import Normalised


def behind_digit(normal: Normalised, message: Message, end: int) -> str:
    """What stands behind the head digit and before a signature, without the separators around it."""
    behind = normal.original[normal.origin(end) : normal.origin(message.stop)]
    first, last = 0, len(behind)
    while first < last and not _is_word(behind[first]):
        first += 1
    while last > first and not _is_word(behind[last - 1]):
        last -= 1
    return behind[first:last]


def whole_message(normal: Normalised, rest: str) -> str:
    """The whole message when it holds more than the evidence that is masked in `rest`, else nothing."""
    more = any(character.isalnum() for character in rest if character != MARK)
    return normal.original.strip() if more else ""


def _is_word(character: str) -> bool:
    return any(part.isalnum() for part in fold(character))
