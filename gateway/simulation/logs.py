"""The gateway's logs during a simulation: not printed; a fault of the gateway's own breaks a promise."""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, NoReturn

import structlog

from gateway.domain.errors import Unavailable
from gateway.simulation.ledger import Violation
from gateway.simulation.lives import LIFE
from gateway.simulation.scene import Scene


class WatchedLogs:
    """While the block runs, every process logs to here."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._before: dict[str, Any] = {}

    def __enter__(self) -> None:
        self._before = structlog.get_config()
        structlog.configure(processors=[self._watch], wrapper_class=structlog.make_filtering_bound_logger(40))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        structlog.configure(**self._before)

    def _watch(self, logger: object, method: str, event: MutableMapping[str, Any]) -> NoReturn:
        """Errors are logged where the outermost loops catch what nobody foresaw."""
        del logger, method
        error = sys.exc_info()[1] if event.get("exc_info") else None
        life = LIFE.get()
        is_dead = life is not None and life.dead
        # What the database or a peer did to it is foreseen and tried again; what the dead say, nobody hears.
        if not isinstance(error, Unavailable) and not is_dead:
            self._scene.break_promise(Violation("the gateway has no faults of its own", _told(event, error)))
        raise structlog.DropEvent


def _told(event: MutableMapping[str, Any], error: BaseException | None) -> str:
    fields = {key: value for key, value in event.items() if key not in {"exc_info", "event"}}
    return f"{event.get('event')} {fields} {error!r}"
