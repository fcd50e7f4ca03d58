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
PATIENCE_SECONDS: Final = 2.0
"""How long the end waits for whoever reads: longer than a slow reader needs, and nobody may read any more."""


class LineWriter:
    """Takes lines from any thread without waiting; `close()` writes what is left, if somebody reads."""

    def __init__(self, stream: TextIO, capacity: int = _CAPACITY) -> None:
        self._stream = stream
        self._capacity = capacity
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        """Held by whoever writes to the stream."""
        self._waiting = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def write(self, line: str) -> None:
        """Queue one line, given without its line end."""
        self._queue(line)
        if self._closing.is_set():
            self._flush(waits=False)
        elif not self._waiting.is_set():
            self._waiting.set()

    def write_now(self, line: str) -> None:
        """Write it after all that is queued, however long the stream takes: nothing may come after it."""
        self._queue(line)
        self._flush()

    def close(self) -> None:
        """Write what is queued and end the thread, or leave it to a reader who is stuck.

        Later lines are written at once by who writes them, or by the thread when its reader comes back.
        """
        self._closing.set()
        self._waiting.set()
        self._thread.join(PATIENCE_SECONDS)

    def _queue(self, line: str) -> None:
        with self._lock:
            if len(self._lines) >= self._capacity:
                self._lines.popleft()
                self._dropped += 1
            self._lines.append(line)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._waiting.wait()
            self._closing.wait(_PAUSE)
            self._waiting.clear()
            self._flush()
        self._flush()

    def _flush(self, *, waits: bool = True) -> None:
        """Write what is queued; without waiting, it is left to whoever is writing and looks again."""
        while self._turn.acquire(blocking=waits):
            try:
                self._write_queued()
            finally:
                self._turn.release()
            if not (self._closing.is_set() and self._lines):
                return

    def _write_queued(self) -> None:
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
