"""A live view of what is recorded: whoever has read to the end waits for more, on any process.

The facts come from SQL, always; a bell only says when to look. Without one - Redis away - everybody who
waits looks by themselves now and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.application.list_evaluations import EvaluationPage, ListEvaluations
from gateway.application.ports.wakeups import EVALUATIONS, Wakeups

MOST_WAITING: Final = 200
"""At once in one process: each looks when something is recorded, and holds a connection open."""
_LOOK_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is waited for."""

    since: datetime
    after: int
    limit: int
    wait_seconds: float


class WatchEvaluations:
    """Lists evaluations as soon as there are some."""

    def __init__(
        self, list_evaluations: ListEvaluations, wakeups: Wakeups, *, most_waiting: int = MOST_WAITING
    ) -> None:
        self._list = list_evaluations
        self._wakeups = wakeups
        self._most_waiting = most_waiting
        self._waiting = 0
        self._stopped = False

    async def __call__(
        self, watch: Watch, is_gone: Callable[[], bool] = lambda: False
    ) -> EvaluationPage | None:
        """The next page as soon as it holds something, an empty one when the time is over.

        None where too many wait already; whoever `is_gone` is not waited for.

        Raises:
            Unavailable: the database does not answer.

        """
        page = await self._list(watch.since, watch.after, watch.limit)
        if page.evaluations or not watch.wait_seconds:
            return page
        if self._waiting >= self._most_waiting:
            return None
        self._waiting += 1
        try:
            return await self._wait(watch, is_gone)
        finally:
            self._waiting -= 1

    def stop(self) -> None:
        """Let everybody who waits go, and nobody wait any more."""
        self._stopped = True
        self._wakeups.ring(EVALUATIONS)

    async def _wait(self, watch: Watch, is_gone: Callable[[], bool]) -> EvaluationPage:
        now = asyncio.get_running_loop().time
        give_up_at = now() + watch.wait_seconds
        while True:
            left = give_up_at - now()
            bell = asyncio.create_task(self._wakeups.wait(EVALUATIONS, min(max(left, 0), _LOOK_SECONDS)))
            try:
                # It waits before we look, so that nothing recorded in between is overlooked.
                await asyncio.sleep(0)
                page = await self._list(watch.since, watch.after, watch.limit)
                if page.evaluations or left <= 0 or self._stopped or is_gone():
                    return page
                await bell
            finally:
                bell.cancel()
