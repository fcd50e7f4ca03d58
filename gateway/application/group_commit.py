"""Many concurrent commands, one transaction.

A durable commit costs the same for one row as for fifty. While one commit is under way the next commands
gather; they share the commit after it. Nobody waits for a timer, so a lone command is as quick as ever.

Where a database takes several writers, a second group goes while the first one waits for its answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from gateway.application.ports.database import Database, UnitOfWork
from gateway.domain.errors import Unavailable
from gateway.telemetry.metrics import Metrics

_WORTH_A_COMMIT: Final = 24
"""Commands that start another group while one is under way; fewer wait, and share its successor."""

C = TypeVar("C")
R = TypeVar("R")

Apply = Callable[[UnitOfWork, Sequence[C]], Awaitable[Sequence[R]]]


class GroupCommit(Generic[C, R]):
    """Applies commands in groups; each caller gets its own result, after the commit.

    `at_once` groups may be under way together; commands of two such groups must bear that as those of two
    nodes do.
    """

    def __init__(
        self,
        database: Database,
        apply: Apply[C, R],
        metrics: Metrics,
        *,
        largest: int = 200,
        at_once: int = 1,
    ) -> None:
        self._database = database
        self._apply = apply
        self._metrics = metrics
        self._largest = largest
        self._waiting: list[tuple[C, asyncio.Future[R]]] = []
        self._at_once = at_once
        self._committing: list[asyncio.Task[None]] = []

    async def __call__(self, command: C) -> R:
        """Apply one command; returns only once it is durable.

        Raises:
            Unavailable: nothing of the command was stored.
            Exception: what applying this very command raised; nothing of it was stored.

        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, done))
        if self._may_begin():
            self._committing.append(asyncio.create_task(self._commit_all()))
        # A caller that stops waiting cancels only its future; the command is applied all the same.
        return await done

    def _may_begin(self) -> bool:
        self._committing = [group for group in self._committing if not group.done()]
        under_way = len(self._committing)
        return not under_way or (under_way < self._at_once and len(self._waiting) >= _WORTH_A_COMMIT)

    async def _commit_all(self) -> None:
        while self._waiting:
            size = self._next_size()
            group, self._waiting = self._waiting[:size], self._waiting[size:]
            self._metrics.group_committed(size=len(group))
            try:
                await self._commit(group)
            except Unavailable as error:
                _fail(group, error)
            except Exception:  # noqa: BLE001 - whoever brought it gets it, alone
                await self._commit_one_by_one(group)
            except BaseException as error:
                _fail([*group, *self._waiting], error)
                self._waiting = []
                raise

    def _next_size(self) -> int:
        """All that wait; their share of many, lest those who were answered together come back together."""
        waiting = len(self._waiting)
        many = waiting >= self._at_once * _WORTH_A_COMMIT
        return min(-(-waiting // self._at_once) if many else waiting, self._largest)

    async def _commit(self, group: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        async with self._database.transaction() as work:
            results = await self._apply(work, [command for command, _ in group])
        for (_, done), result in zip(group, results, strict=True):
            if not done.done():
                done.set_result(result)

    async def _commit_one_by_one(self, group: Sequence[tuple[C, asyncio.Future[R]]]) -> None:
        """Find the command that spoilt the group; one that lost a race sees the winner's rows now."""
        for place, member in enumerate(group):
            try:
                await self._commit([member])
            except Unavailable as error:
                _fail(group[place:], error)
                return
            except Exception as error:  # noqa: BLE001 - its caller raises it
                _fail([member], error)


def _fail(group: Sequence[tuple[C, asyncio.Future[R]]], error: BaseException) -> None:
    for _, done in group:
        if not done.done():
            done.set_exception(error)
