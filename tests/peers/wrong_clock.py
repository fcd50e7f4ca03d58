"""The real command on a machine whose clock is wrong.

`python -m tests.peers.wrong_clock SECONDS ARGUMENT …`: so many seconds ahead, or behind.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta

from gateway.adapters.clock import SystemClock
from gateway.cli.main import run

_BY = timedelta(seconds=float(sys.argv.pop(1)))
_right = SystemClock.now


def _wrong(self: SystemClock) -> datetime:
    return _right(self) + _BY


SystemClock.now = _wrong  # type: ignore[method-assign]  # as if the machine said so
run()
