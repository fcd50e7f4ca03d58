"""What happened inside, in the order in which it happened: for the page, in friendly words."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from gateway.application.ports.clock import Clock
from gateway.domain.events import CallArrived, CallStepped, ReceiptArrived, TextArrived
from gateway.domain.flow.inputs import Recorded
from gateway.web.demo.passages import Passage, current_passage
from gateway.web.demo.timeline_words import Told, tell
from gateway.web.demo.words import Words

_KEPT: Final = 150


class Stage(Enum):
    """The stations of the one way that data takes through the gateway."""

    VERIFY = "verify"
    PARSE = "parse"
    ENGINE = "engine"
    COMMIT = "commit"
    DELIVER = "deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened."""

    title: Words
    detail: Words | None = None
    stages: Sequence[Stage] = ()
    """The stations it passed."""
    tone: str = "plain"
    """`good`, `bad`, `refused`, `quiet`, `skip` or `plain`."""
    milliseconds: float | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    """Ids and codes, as logs have them."""

    def as_json(self) -> dict[str, object]:
        """As the page reads it."""
        return {
            "title": self.title.as_json(),
            "detail": self.detail.as_json() if self.detail else None,
            "stages": [stage.value for stage in self.stages],
            "tone": self.tone,
            "milliseconds": self.milliseconds,
            "facts": dict(self.facts),
        }


class Timeline:
    """Collects entries; the last 150 are kept. Listeners are told of each."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[dict[str, object]] = deque(maxlen=_KEPT)
        self._count = 0
        self._tones: Counter[str] = Counter()
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each entry."""
        self._listeners.append(listener)

    def add(self, entry: Entry) -> None:
        """Add what has just happened."""
        self._count += 1
        self._tones[entry.tone] += 1
        at = self._clock.now().isoformat(timespec="milliseconds")
        self._entries.append({"no": self._count, "at": at, **entry.as_json()})
        for listener in self._listeners:
            listener()

    def take(self, event: Mapping[str, object]) -> None:
        """Take a log event: part of the webhook under way, or an entry of its own."""
        told = tell(event)
        passage = current_passage()
        if told is None:
            return
        if passage is not None and not told.apart:
            passage.notes.append(told)
        else:
            self.add(entry_of(told))

    def count_of(self, tone: str) -> int:
        """How many entries of a tone there have been."""
        return self._tones[tone]

    def entries(self) -> list[dict[str, object]]:
        """All entries as the page reads them, oldest first."""
        return list(self._entries)


def entry_of(told: Told) -> Entry:
    """The entry of a log event by itself."""
    return Entry(
        title=told.title,
        detail=told.detail,
        stages=(Stage(told.stage),) if told.stage else (),
        tone=told.tone,
        facts=told.facts,
    )


def stages_of(passage: Passage) -> tuple[Stage, ...]:
    """The stations that a webhook passed, in order."""
    event = passage.event
    judged = isinstance(event, CallArrived | CallStepped | TextArrived)
    passed = {Stage.VERIFY: passage.verified, Stage.PARSE: event is not None}
    passed |= {Stage.ENGINE: passage.answered and judged, Stage.COMMIT: passage.answered and _stored(passage)}
    return tuple(stage for stage, yes in passed.items() if yes)


def _stored(passage: Passage) -> bool:
    """Whether something was committed for it: receipts and messages always are, of the rest the log tells."""
    event = passage.event
    spoken = isinstance(event, CallStepped) and isinstance(event.given, Recorded)
    noted = any(note.stage == Stage.COMMIT.value for note in passage.notes)
    return noted or spoken or isinstance(event, ReceiptArrived)
