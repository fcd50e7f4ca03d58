"""Commands that share a commit share nothing else: each gets its own result or its own error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest

from gateway.application.group_commit import GroupCommit
from gateway.application.ports.database import Database, UnitOfWork
from gateway.domain.errors import AlreadyRecorded, InvalidInput, Unavailable
from gateway.telemetry.metrics import Metrics

PATIENCE = 60


class Ledger:
    """A database that keeps words, and applies commands that may be poison."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.groups: list[list[str]] = []
        self.errors: dict[str, list[Exception]] = {}
        self.begun = 0
        self.opened = asyncio.Event()
        self.may_commit = asyncio.Event()
        self.may_commit.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """Keeps what was written when the block ends well."""
        before = list(self.kept)
        self.opened.set()
        self.begun += 1
        await self.may_commit.wait()
        try:
            yield cast("UnitOfWork", None)
        except BaseException:
            self.kept = before
            raise

    async def apply(self, work: UnitOfWork, commands: Sequence[str]) -> list[str]:
        """Writes all, then fails as scripted for one of them."""
        del work
        self.groups.append(list(commands))
        self.kept += commands
        for command in commands:
            if self.errors.get(command):
                raise self.errors[command].pop()
        return [command.upper() for command in commands]

    def group_commit(self, *, at_once: int = 1) -> GroupCommit[str, str]:
        """What is tested."""
        return GroupCommit(cast("Database", self), self.apply, Metrics(), at_once=at_once)


async def together(ledger: Ledger, *words: str) -> list[str | BaseException]:
    """Give all commands while another one's commit is under way, so that they form one group."""
    commit = ledger.group_commit()
    ledger.may_commit.clear()
    first = asyncio.create_task(commit("first"))
    await ledger.opened.wait()
    rest = [asyncio.create_task(commit(word)) for word in words]
    await asyncio.sleep(0)
    ledger.may_commit.set()
    async with asyncio.timeout(PATIENCE):
        return (await asyncio.gather(first, *rest, return_exceptions=True))[1:]


@pytest.mark.parametrize("error", [InvalidInput("poison"), LookupError("a fault of ours")])
async def test_poison_hurts_whoever_brought_it_alone(error: Exception) -> None:
    """The others are kept, and nobody waits for ever, whatever kind of error it is."""
    ledger = Ledger()
    ledger.errors["poison"] = [error, error]

    results = await together(ledger, "a", "poison", "b")

    assert results == ["A", error, "B"]
    assert ledger.kept == ["first", "a", "b"]


async def test_who_lost_a_race_looks_again() -> None:
    """The second look is a transaction of its own and sees the winner's rows."""
    ledger = Ledger()
    ledger.errors["late"] = [AlreadyRecorded("another was first")]

    assert await together(ledger, "a", "late") == ["A", "LATE"]
    assert sorted(ledger.kept) == ["a", "first", "late"]


async def test_without_a_database_all_are_told_at_once() -> None:
    """One failed try, not one for each of them; who comes later is served."""
    ledger = Ledger()
    gone = Unavailable("gone")
    ledger.errors["a"] = [gone]

    assert await together(ledger, "a", "b") == [gone, gone]
    assert ledger.groups[1:] == [["a", "b"]]


async def test_a_database_that_goes_amid_the_second_look_ends_it() -> None:
    """Whoever was not reached is told, instead of waiting for one time-out after another."""
    ledger = Ledger()
    gone = Unavailable("gone")
    ledger.errors = {"a": [AlreadyRecorded("another was first")], "b": [gone]}

    assert await together(ledger, "a", "b", "c") == ["A", gone, gone]


async def test_commands_after_poison_are_served() -> None:
    """A fault of ours leaves the next group as it was."""
    ledger = Ledger()
    commit = ledger.group_commit()
    ledger.errors["poison"] = [LookupError("x"), LookupError("x")]

    with pytest.raises(LookupError):
        await commit("poison")
    async with asyncio.timeout(PATIENCE):
        assert await commit("next") == "NEXT"


async def test_who_stops_waiting_has_said_it_all_the_same() -> None:
    """A caller that goes away amid the commit takes nothing back."""
    ledger = Ledger()
    commit = ledger.group_commit()
    ledger.may_commit.clear()
    gone = asyncio.create_task(commit("gone"))
    await ledger.opened.wait()
    gone.cancel()
    stays = asyncio.create_task(commit("stays"))
    await asyncio.sleep(0)
    ledger.may_commit.set()

    assert await stays == "STAYS"
    assert ledger.kept == ["gone", "stays"]


@pytest.mark.parametrize(("at_once", "begun"), [(1, 1), (2, 2), (3, 3)])
async def test_many_commands_make_as_many_groups_as_can_be_written_side_by_side(
    at_once: int, begun: int
) -> None:
    """Nobody waits behind a group that waits itself; each command is applied once, whichever takes it."""
    ledger = Ledger()
    commit = ledger.group_commit(at_once=at_once)
    ledger.may_commit.clear()
    words = [str(number) for number in range(300)]
    given = [asyncio.create_task(commit(word)) for word in words]
    await ledger.opened.wait()
    await asyncio.sleep(0)
    assert ledger.begun == begun

    ledger.may_commit.set()
    async with asyncio.timeout(PATIENCE):
        assert await asyncio.gather(*given) == words
    assert sorted(ledger.kept) == sorted(words)


async def test_few_commands_share_one_commit_however_many_could_be_under_way() -> None:
    """A commit for each of two or three would cost more than their waiting."""
    ledger = Ledger()
    commit = ledger.group_commit(at_once=2)
    ledger.may_commit.clear()
    first = asyncio.create_task(commit("first"))
    await ledger.opened.wait()
    rest = [asyncio.create_task(commit(word)) for word in "abc"]
    await asyncio.sleep(0)
    assert ledger.begun == 1

    ledger.may_commit.set()
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(first, *rest)
    assert ledger.groups == [["first"], ["a", "b", "c"]]
