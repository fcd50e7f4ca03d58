"""`haochaping` in a process that notes again and again how much its Python allocator holds.

Arguments: the file to write to, then those of haochaping. A line is the number of blocks allocated.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from gateway.cli.main import run

_EVERY_SECONDS = 0.2


def note(path: Path, stop: threading.Event) -> None:
    """Write a line after the other until stopped."""
    with path.open("w", encoding="ascii") as file:
        while not stop.wait(_EVERY_SECONDS):
            print(sys.getallocatedblocks(), file=file, flush=True)


if __name__ == "__main__":
    file, *sys.argv[1:] = sys.argv[1:]
    threading.Thread(target=note, args=(Path(file), threading.Event()), daemon=True).start()
    run()
