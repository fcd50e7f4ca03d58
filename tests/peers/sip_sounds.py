"""Prompts that a test's telephone can tell apart: noise made of the words, which no codec changes."""

from __future__ import annotations

import random
from hashlib import sha256
from pathlib import Path
from typing import Final

FRAME: Final = 160
"""Bytes of 20 ms in G.711."""
_A_SECOND: Final = 8000


class NoisePrompts:
    """A folder of prompts; Asterisk sends their bytes as they are: the first frame names the words."""

    def __init__(self, folder: Path, seconds: float = 0.3) -> None:
        self._folder = folder
        self._seconds = seconds
        self.words: dict[bytes, str] = {}
        """What a prompt says, by its first frame."""

    def file_of(self, words: str, seconds: float | None = None, name: str = "") -> Path:
        """The file of these words, made at its first use; without `name` it is named for the words."""
        length = round((seconds or self._seconds) * _A_SECOND / FRAME) * FRAME
        digest = sha256(f"{length} {words}".encode()).hexdigest()
        path = self._folder / f"{name or digest[:16]}.ulaw"
        sound = random.Random(words).randbytes(length)  # noqa: S311 - noise
        if not path.exists():
            path.write_bytes(sound)
        self.words[sound[:FRAME]] = words
        return path
