"""A process ends within one deadline, however many of its parts are stuck."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.bootstrap import draining
from gateway.bootstrap.draining import Drain, Part
from gateway.telemetry.logging import configure_logging
from tests.peers.held_stream import HeldStream

LONG = timedelta(days=1)


def drain_of(patience: timedelta, hurry: asyncio.Event, *stops: Callable[[], Awaitable[None]]) -> Drain:
    """A drain of these parts, each with one thing under way."""
    drain = Drain(patience, hurry)
    for stop in stops:
        drain.add(Part(stop.__name__, stop, lambda: 1))
    return drain


async def test_all_parts_stop_at_the_same_time() -> None:
    """One after the other, the last would wait for all before it, and be killed in the end."""
    together = asyncio.Barrier(3)

    async def stop() -> None:
        await together.wait()

    with capture_logs() as logs:
        await drain_of(LONG, asyncio.Event(), stop, stop, stop)()

    assert logs == []


@pytest.mark.parametrize("hurried", [False, True])
async def test_what_is_stuck_is_cut_short_and_waited_for(*, hurried: bool) -> None:
    """At the deadline, or when told again to stop: in an orderly way, and one line tells of it."""
    ended = []
    hurry = asyncio.Event()

    async def requests() -> None:
        try:
            if hurried:
                hurry.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("requests")

    async def deliveries() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("deliveries")

    async def calls() -> None:
        ended.append("calls")

    with capture_logs() as logs:
        await drain_of(LONG if hurried else timedelta(), hurry, requests, deliveries, calls)()

    assert sorted(ended) == ["calls", "deliveries", "requests"]
    (line,) = logs
    assert line["event"] == "drain_cut_short"
    assert line["left"] == {"requests": 1, "deliveries": 1}
    assert line["why"] == ("told again to stop" if hurried else "worker.drain is over")


async def test_a_part_that_does_not_let_go_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The databases are closed all the same, and the process ends."""
    monkeypatch.setattr(draining, "LETTING_GO", timedelta())
    told = []

    async def stubborn() -> None:
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told.append("cancelled")

    with capture_logs() as logs:
        await drain_of(timedelta(), asyncio.Event(), stubborn)()
    await asyncio.sleep(0)

    assert [line["event"] for line in logs] == ["drain_cut_short", "drain_stuck"]
    assert told == ["cancelled", "cancelled"]


async def test_a_part_that_fails_keeps_no_other_from_stopping() -> None:
    """It is told, once."""
    ended = []

    async def broken() -> None:
        raise RuntimeError

    async def other() -> None:
        await asyncio.sleep(0)
        ended.append("other")

    with capture_logs() as logs:
        await drain_of(LONG, asyncio.Event(), broken, other)()

    assert ended == ["other"]
    assert [(line["event"], line["part"]) for line in logs] == [("stop_failed", "broken")]


async def test_the_second_order_to_stop_is_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first leaves time; with each, a limit is set after which the process ends whatever happens."""
    limits: list[timedelta] = []
    monkeypatch.setattr(draining, "end_by_force_after", limits.append)
    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", lambda *_: None)
    orders = draining.StopOrders(LONG)

    orders.told()
    first = (orders.stop.is_set(), orders.hurry.is_set())
    orders.told()

    assert first == (True, False)
    assert orders.hurry.is_set()
    assert limits == [LONG, timedelta()]


@pytest.mark.parametrize("stalled", [False, True])
def test_the_end_by_force_is_told_where_somebody_reads__regression(
    monkeypatch: pytest.MonkeyPatch, *, stalled: bool
) -> None:
    """It is in the log before the process ends; a log that nobody reads keeps it from nothing."""
    monkeypatch.setattr(draining, "LAST_WORDS", timedelta() if stalled else timedelta(minutes=10))
    ended: list[tuple[int, str]] = []
    stream = HeldStream()
    monkeypatch.setattr(os, "_exit", lambda code: ended.append((code, stream.getvalue())))
    with closing(configure_logging(stream=stream)):
        if not stalled:
            stream.released.set()
        draining._end_by_force()
        stream.released.set()

    ((code, written),) = ended
    assert code == 0
    assert [json.loads(line)["event"] for line in written.splitlines()] == (
        [] if stalled else ["ended_by_force"]
    )
