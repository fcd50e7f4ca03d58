"""Lines of a file with their places, never more of them in memory than a record needs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST: Final = 65_536
"""Bytes of a record; a service with the longest texts is shorter by far."""
TOO_LONG: Final = f"is longer than {LONGEST} bytes; a quotation mark may be missing"


@dataclass(frozen=True, slots=True)
class Line:
    """One line."""

    number: int
    """Counted from 1."""
    end: int
    """Bytes of the file up to its end."""
    content: bytes | None
    """With its line end; None when it is too long to be a service."""


class LineReader:
    """Reads lines from where a file stands; `number` is that of the line that begins there."""

    def __init__(self, file: BinaryIO, number: int) -> None:
        self._file = file
        self._number = number
        self._position = file.tell()
        self._returned: deque[Line] = deque()

    def next_line(self) -> Line | None:
        """The next line; None at the end."""
        if self._returned:
            return self._returned.popleft()
        content = self._file.readline(LONGEST + 1)
        if not content:
            return None
        length, ended = len(content), content.endswith(b"\n")
        too_long = length > LONGEST
        while too_long and not ended:
            rest = self._file.readline(LONGEST)
            length += len(rest)
            ended = not rest or rest.endswith(b"\n")
        self._position += length
        line = Line(self._number, self._position, None if too_long else content)
        self._number += 1
        return line

    def put_back(self, lines: Sequence[Line]) -> None:
        """Let these be read again."""
        self._returned.extendleft(reversed(lines))
