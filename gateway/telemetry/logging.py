"""Structured logs: one event per line, with the ids of what it is about, and no phone number.

Modules log by `structlog.get_logger()`. Events are named in the past tense (`evaluation_recorded`);
everything else is a field. A critical event ends the process: it is written before the call returns.
"""

from __future__ import annotations

import atexit
import json
import logging
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import structlog

from gateway.telemetry.line_writer import LineWriter
from gateway.telemetry.masking import mask_value

if TYPE_CHECKING:
    from typing import TextIO

    from structlog.typing import Processor

    from gateway.telemetry.event_tap import EventTap

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["json", "console"]
_JSON: Final = json.JSONEncoder(ensure_ascii=False)
_LEVELS: Final = {level: getattr(logging, level.upper()) for level in ("debug", "info", "warning", "error")}


class Logging:
    """The logs of this process once configured; `close()` writes what is left and sets the default back."""

    def __init__(self, writer: LineWriter, bridge: logging.Handler) -> None:
        self._writer = writer
        self._bridge = bridge

    def close(self) -> None:
        """End logging."""
        logging.captureWarnings(capture=False)
        logging.getLogger().removeHandler(self._bridge)
        structlog.reset_defaults()
        self._writer.close()
        atexit.unregister(self._writer.close)


def configure_logging(
    level: Level = "info",
    form: Format = "json",
    *,
    stream: TextIO | None = None,
    tap: EventTap | None = None,
) -> Logging:
    """Configure the logs of this process: `level` and above, to `stream` (standard output).

    `tap` also gets every event, masked. Of other libraries only warnings and errors are written: below
    that some of them log request parameters, which hold phone numbers.
    """
    writer = LineWriter(stream or _standard_output())
    # A process that ends without closing still writes its last lines.
    atexit.register(writer.close)
    structlog.configure(
        processors=_processors(form, tap),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: _LineLogger(writer),
        cache_logger_on_first_use=False,
    )
    bridge = _Bridge()
    logging.getLogger().addHandler(bridge)
    logging.captureWarnings(capture=True)
    return Logging(writer, bridge)


@contextmanager
def bound(**ids: str | None) -> Iterator[None]:
    """Name what the block is about: its events carry these ids (`call_id`, …); None is left out.

    The ids follow the task, also into the tasks it starts.
    """
    with structlog.contextvars.bound_contextvars(**{name: value for name, value in ids.items() if value}):
        yield


def _standard_output() -> TextIO:
    """Standard output by a stream of our own.

    Python flushes its own at the end of the process, and aborts where a thread is stuck in it.
    """
    theirs = sys.stdout
    try:
        number = theirs.fileno()
    except (OSError, ValueError):
        return theirs
    return open(number, "w", encoding=theirs.encoding, errors=theirs.errors, closefd=False)


def _processors(form: Format, tap: EventTap | None) -> Sequence[Processor]:
    taps: list[Processor] = [cast("Processor", tap)] if tap is not None else []
    render: Processor = _render_json if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        _mask_event,
        *taps,
        render,
    ]


def _mask_event(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    del logger, method
    at = event.pop("at")
    masked = cast("dict[str, Any]", mask_value(event))
    return {"at": at, **masked}


def _render_json(logger: object, method: str, event: MutableMapping[str, Any]) -> str:
    del logger, method
    return _JSON.encode(event)


class _LineLogger:
    """What structlog hands rendered lines to."""

    def __init__(self, writer: LineWriter) -> None:
        self.debug = self.info = self.warning = self.error = self.msg = writer.write
        self.critical = writer.write_now


class _Bridge(logging.Handler):
    """Brings what other libraries log by the standard library into the same lines."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        level = min(record.levelno, logging.ERROR)
        structlog.get_logger().log(level, record.getMessage(), logger=record.name, exc_info=record.exc_info)
