"""Writes lines on a thread of its own, so that the event loop never waits for a terminal or a pipe."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from typing import TextIO

_CAPACITY: Final = 10_000
"""Lines kept while nobody reads the other end; beyond that the oldest go, and their number is written."""
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_PAUSE: Final = 0.05
"""Seconds in which lines gather, so that a busy process writes many at once."""


class LineWriter:
    """Takes lines from any thread without waiting; `close()` writes what is left."""

    def __init__(self, stream: TextIO, capacity: int = _CAPACITY) -> None:
        self._stream = stream
        self._capacity = capacity
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._lock = threading.Lock()
        self._waiting = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line, given without its line end."""
        with self._lock:
            if len(self._lines) >= self._capacity:
                self._lines.popleft()
                self._dropped += 1
            self._lines.append(line)
        if self._closing.is_set():
            self._flush()
        elif not self._waiting.is_set():
            self._waiting.set()

    def close(self) -> None:
        """Write what is queued and end the thread; later lines are written at once, by who writes them."""
        self._closing.set()
        self._waiting.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            self._waiting.wait()
            self._closing.wait(_PAUSE)
            self._waiting.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            lines, self._lines = self._lines, deque()
            dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.appendleft(f'{{"event": "log_lines_dropped", "level": "warning", "count": {dropped}}}')
        if lines:
            try:
                self._write("\n".join(lines) + "\n")
            except (OSError, ValueError):
                # Nobody is there to read any more; the gateway's work goes on without its log.
                return

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            # Another locale's encoding, or half a character: spelt as JSON spells it, and no line is lost.
            self._stream.write(_BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text))
        self._stream.flush()
