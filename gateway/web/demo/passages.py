"""One webhook's way through the gateway, noted as it goes."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from gateway.domain.events import Event
from gateway.web.demo.timeline_words import Told


@dataclass(slots=True)
class Passage:
    """What is known of a webhook under way."""

    started: float
    verified: bool = False
    event: Event | None = None
    answered: bool = False
    notes: list[Told] = field(default_factory=list)
    """What was logged meanwhile."""
    over: bool = False

    @property
    def milliseconds(self) -> float:
        """Since it came in."""
        return round((time.perf_counter() - self.started) * 1000, 2)


# One task serves one connection, request after request, so each request is seen by its own work alone.
_current: ContextVar[Passage | None] = ContextVar("passage", default=None)


def open_passage() -> Passage:
    """Begin to note a webhook."""
    passage = Passage(started=time.perf_counter())
    _current.set(passage)
    return passage


def current_passage() -> Passage | None:
    """The webhook under way in this task, or in the one that started it; None when it is over."""
    passage = _current.get()
    return None if passage is None or passage.over else passage
