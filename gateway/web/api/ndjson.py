"""Lines out of a stream of bytes, with bounded memory whatever is sent."""

from __future__ import annotations

from typing import Final

LONGEST_LINE: Final = 65_536
"""Bytes; a service document with the longest texts is shorter by far."""


class LineSplitter:
    """Cuts chunks into lines; a line that is too long is let go as it arrives and given as None."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._begun = bytearray()
        self._too_long = False

    def feed(self, chunk: bytes) -> list[bytes | None]:
        """The lines that this chunk ends, without their line ends."""
        *ends, rest = chunk.split(b"\n")
        lines = [self._end(piece) for piece in ends]
        self._take(rest)
        return lines

    def finish(self) -> list[bytes | None]:
        """The last line, where it has no line end."""
        return [self._end(b"")] if self._begun or self._too_long else []

    def _take(self, piece: bytes) -> None:
        if self._too_long or len(self._begun) + len(piece) > self._longest:
            self._too_long = True
            self._begun.clear()
        else:
            self._begun += piece

    def _end(self, piece: bytes) -> bytes | None:
        self._take(piece)
        line = None if self._too_long else bytes(self._begun).removesuffix(b"\r")
        self._begun.clear()
        self._too_long = False
        return line
