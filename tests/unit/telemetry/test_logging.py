"""What is written to the log, and how."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import AsyncGenerator, Callable, Iterator
from io import BytesIO, StringIO, TextIOWrapper
from typing import cast

import pytest
import structlog

from gateway.telemetry import line_writer
from gateway.telemetry.event_tap import EventTap
from gateway.telemetry.line_writer import LineWriter
from gateway.telemetry.logging import Logging, bound, configure_logging
from tests.peers.held_stream import HeldStream

Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture
def stream() -> StringIO:
    """Where the log goes."""
    return StringIO()


@pytest.fixture
def logs(stream: StringIO) -> Iterator[Logging]:
    """Logs configured as by default."""
    configured = configure_logging(stream=stream)
    yield configured
    configured.close()


@pytest.fixture
def lines(logs: Logging, stream: StringIO) -> Lines:
    """The lines written so far; ends the logs."""

    def read() -> list[dict[str, object]]:
        logs.close()
        return [json.loads(line) for line in stream.getvalue().splitlines()]

    return read


def test_event_is_one_json_line(lines: Lines) -> None:
    """A line holds event, level, time in UTC and the fields, Chinese readable."""
    structlog.get_logger().info("evaluation_recorded", level="satisfied", item="换领")

    (line,) = lines()

    assert str(line.pop("at")).endswith("Z")
    assert line == {
        "event": "evaluation_recorded",
        "level": "info",
        "item": "换领",
    }


def test_level_below_is_left_out(lines: Lines) -> None:
    """Debug events are not written at level info."""
    structlog.get_logger().debug("detail")
    structlog.get_logger().warning("trouble")

    assert [line["event"] for line in lines()] == ["trouble"]


@pytest.mark.requirement("R-18")
def test_numbers_are_masked_wherever_they_stand(lines: Lines) -> None:
    """A number in the event, a field, an exception or another library's message is masked."""
    logger = structlog.get_logger()
    logger.info("call from 13800138000", sender="+8613800138000")
    try:
        int("13800138000?")
    except ValueError:
        logger.exception("send_failed")
    logging.getLogger("other").error("failed for %s", "+8613800138000")

    written = json.dumps(lines())

    assert "13800138000" not in written
    assert written.count("138****8000") >= 4


def test_ids_follow_the_task(lines: Lines) -> None:
    """Bound ids are on every event of the block, also in tasks it starts, and on none after it."""

    async def work() -> None:
        structlog.get_logger().info("inside")

    async def main() -> None:
        with bound(call_id="CA1", message_id=None):
            await asyncio.create_task(work())
        structlog.get_logger().info("after")

    asyncio.run(main())
    inside, after = lines()

    assert inside["call_id"] == "CA1"
    assert "message_id" not in inside
    assert "call_id" not in after


def test_other_libraries_are_heard_from_warnings_up(lines: Lines) -> None:
    """Their chatter below that holds request parameters and is left out."""
    logging.getLogger("twilio").info("POST parameters")
    logging.getLogger("twilio").critical("gone")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    gone, old = lines()

    assert (gone["event"], gone["logger"], gone["level"]) == ("gone", "twilio", "error")
    assert "DeprecationWarning: old" in str(old["event"])


def test_console_form_is_for_people(stream: StringIO) -> None:
    """The console form is text with the fields behind it, masked alike."""
    logs = configure_logging("debug", "console", stream=stream)
    structlog.get_logger().debug("hello", sender="13800138000")
    logs.close()

    assert "hello" in stream.getvalue()
    assert "sender=138****8000" in stream.getvalue()


def test_logger_made_before_configuration_follows_it(stream: StringIO) -> None:
    """Modules make their loggers on import, before anything is configured."""
    logger = structlog.get_logger()
    logs = configure_logging(stream=stream)
    logger.info("early")
    logs.close()

    assert json.loads(stream.getvalue())["event"] == "early"


class Blocked(StringIO):
    """A stream whose reader has gone."""

    def write(self, _: str) -> int:
        """Fail as a closed pipe does."""
        raise BrokenPipeError


def test_reader_that_went_away_stops_nobody() -> None:
    """Without a reader the log is lost and the work goes on."""
    logs = configure_logging(stream=Blocked())
    structlog.get_logger().info("one")

    logs.close()


def test_stuck_reader_costs_bounded_memory_and_is_told() -> None:
    """While nobody reads, only the newest lines are kept, and how many went is written."""
    stream = HeldStream()
    writer = LineWriter(stream, capacity=2)
    writer.write("first")
    stream.reached.wait()
    for line in ("second", "third", "fourth"):
        writer.write(line)
    stream.released.set()
    writer.close()
    writer.write("after the end")

    first, dropped, *rest = stream.getvalue().splitlines()
    assert first == "first"
    assert json.loads(dropped) == {"event": "log_lines_dropped", "level": "warning", "count": 1}
    assert rest == ["third", "fourth", "after the end"]


def test_a_stuck_reader_keeps_no_process_from_ending__regression(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing waits for a while only, whoever writes later not at all; who reads again misses nothing."""
    monkeypatch.setattr(line_writer, "PATIENCE_SECONDS", 0)
    stream = HeldStream()
    writer = LineWriter(stream)
    writer.write("first")
    stream.reached.wait()
    writer.close()
    writer.write("late")
    stream.released.set()
    writer._thread.join()

    assert stream.getvalue().splitlines() == ["first", "late"]


ENDS = """
import structlog
from gateway.telemetry import line_writer
from gateway.telemetry.logging import configure_logging

line_writer.PATIENCE_SECONDS = 0.5
configure_logging()
for _ in range(100):
    structlog.get_logger().info("x" * 10_000)
"""


def test_a_process_whose_log_nobody_reads_ends_as_any_other__regression() -> None:
    """Python flushes its standard output at the end, and aborts where a thread is stuck in it."""
    read, write = os.pipe()
    try:
        ended = subprocess.run(
            [sys.executable, "-E", "-c", ENDS], stdout=write, stderr=subprocess.PIPE, timeout=600, check=False
        )
    finally:
        os.close(read)
        os.close(write)

    assert (ended.returncode, ended.stderr) == (0, b"")


def test_critical_events_are_written_before_anything_else_happens(logs: Logging, stream: StringIO) -> None:
    """What is about to end the process may be the last that it does."""
    structlog.get_logger().info("before")
    structlog.get_logger().critical("last")
    written = [json.loads(line)["event"] for line in stream.getvalue().splitlines()]
    logs.close()

    assert written == ["before", "last"]


def test_tap_keeps_the_last_events_masked(stream: StringIO) -> None:
    """Whoever watches sees what was written, numbered, and no more than the last few."""
    tap = EventTap(capacity=2)
    logs = configure_logging(stream=stream, tap=tap)
    for number in (1, 2, 3):
        structlog.get_logger().info("step", step=number, sender="13800138000")
    logs.close()

    assert [(event.number, event.fields["step"]) for event in tap.recent()] == [(2, 2), (3, 3)]
    assert [event.number for event in tap.recent(after=2)] == [3]
    assert {event.fields["sender"] for event in tap.recent()} == {"138****8000"}


async def test_follower_gets_old_and_new_events(stream: StringIO) -> None:
    """A follower first gets what is kept, then each new event, also from other threads."""
    tap = EventTap()
    logs = configure_logging(stream=stream, tap=tap)
    logger = structlog.get_logger()
    logger.info("old")
    seen: list[object] = []

    async def watch() -> None:
        async for event in tap.follow():
            seen.append(event.fields["event"])
            if event.fields["event"] == "old":
                await asyncio.to_thread(logger.info, "new")
            else:
                return

    await asyncio.wait_for(watch(), timeout=60)
    logs.close()

    assert seen == ["old", "new"]


async def test_follower_that_left_is_forgotten() -> None:
    """After the last follower has gone, events cost nobody anything."""
    tap = EventTap()
    tap(None, "info", {"event": "one"})
    follower = cast("AsyncGenerator[object, None]", tap.follow())
    await anext(follower)
    await follower.aclose()

    assert tap._followers == set()


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "utf-8"])
def test_a_character_that_the_stream_cannot_write_takes_no_other_line_along__regression(
    encoding: str,
) -> None:
    """A machine of another locale still gets its log, with that character spelt out."""
    written = BytesIO()
    writer = LineWriter(TextIOWrapper(written, encoding=encoding))

    for line in ("before", "half \ud83d, 换领, ü", "after"):
        writer.write(line)
    writer.close()

    first, spelt, last = written.getvalue().decode(encoding).splitlines()
    assert (first, last) == ("before", "after")
    assert "half \\ud83d" in spelt
