"""A log that nobody reads for a while."""

from __future__ import annotations

import threading
from io import StringIO


class HeldStream(StringIO):
    """A stream that lets nothing through until told, such as a paused terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.released = threading.Event()

    def write(self, text: str) -> int:
        """Wait, then write."""
        self.reached.set()
        self.released.wait()
        return super().write(text)
