"""Many concurrent commands, one transaction.

A durable commit costs the same for one row as for fifty. While one commit is under way the next commands
gather; they share the commit after it. Nobody waits for a timer, so a lone command is as quick as ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from gateway.application.ports.database import Database, UnitOfWork
from gateway.domain.errors import Unavailable
from gateway.telemetry.metrics import Metrics

C = TypeVar("C")
R = TypeVar("R")

Apply = Callable[[UnitOfWork, Sequence[C]], Awaitable[Sequence[R]]]


class GroupCommit(Generic[C, R]):
    """Applies commands in groups; each caller gets its own result, after the commit."""

    def __init__(
        self, database: Database, apply: Apply[C, R], metrics: Metrics, *, largest: int = 200
    ) -> None:
        self._database = database
        self._apply = apply
        self._metrics = metrics
        self._largest = largest
        self._waiting: list[tuple[C, asyncio.Future[R]]] = []
        self._committing: asyncio.Task[None] | None = None

    async def __call__(self, command: C) -> R:
        """Apply one command; returns only once it is durable.

        Raises:
            Unavailable: nothing of the command was stored.
            Exception: what applying this very command raised; nothing of it was stored.

        """
        done: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, done))
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all())
        # A caller that stops waiting cancels only its future; the command is applied all the same.
        return await done

    async def _commit_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[: self._largest], self._waiting[self._largest :]
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
