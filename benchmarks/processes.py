"""What processes use, as Linux tells it: processor time and memory."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_CPU_FIELDS = slice(11, 15)
"""utime, stime, and the same of children that ended, counted after the name in parentheses."""


def processor_seconds(process: int) -> float:
    """Of one process with all its threads, to the nanosecond."""
    return sum(_nanoseconds(task) for task in Path(f"/proc/{process}/task").glob("*/schedstat")) / 1e9


def family_seconds(process: int) -> float:
    """Of a server that starts a process for each connection: its own, its children's, those that ended.

    Those that run are counted to the nanosecond, those that ended to a hundredth of a second.
    """
    children = [child for child in _processes() if parent_of(child) == process]
    ended = sum(_stat(process)[_CPU_FIELDS][2:]) / _TICKS
    return ended + sum(processor_seconds(one) for one in (process, *children))


def parent_of(process: int) -> int:
    """Who started it; 0 when it has ended."""
    try:
        return _stat(process)[1]
    except OSError:
        return 0


def memory_mb(process: int) -> float:
    """Memory in use (VmRSS)."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _nanoseconds(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text().split()[0])
    except OSError:
        return 0


def _processes() -> Iterable[int]:
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _stat(process: int) -> list[int]:
    _, _, after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")
    return [int(part) if part.lstrip("-").isdigit() else 0 for part in after_name.split()]
