"""The words that gateway and dial plan exchange by channel variables, and what a conversation comes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

from gateway.domain.call_plan import CallOutcome

NAME: Final = "asterisk"
"""First part of call ids."""
RESULT: Final = "HAOCHAPING_RESULT"
"""Channel variable by which the dial plan learns what came of the call, in the values of `Outcome`."""
STEP: Final = "HAOCHAPING_STEP"
"""Channel variable that holds where the call stands, for whoever goes on with it."""
APPS: Final = ("HAOCHAPING_APP", "HAOCHAPING_SECOND_APP")
"""Global variables that name the applications to which the dial plan gives its calls."""
ALIVE: Final = "HAOCHAPING_ALIVE"
"""Global variable, with `_` and an application's name behind it, that its gateway changes while it lives."""
CEILING: Final = "TIMEOUT(absolute)"
"""Dial plan function that ends a call nobody leads any more."""


class Outcome(Enum):
    """How a conversation ended; the value is what the dial plan finds in HAOCHAPING_RESULT."""

    DONE = "done"
    """The flow came to its end; whether a rating was given is not the dial plan's business (R-16)."""
    GONE = "gone"
    """The caller hung up."""
    LOST = "lost"
    """The connection broke: the call stays where it is, and is taken up again."""
    FAILED = "failed"
    """Nothing could be stored, or a fault of ours: the dial plan tells the caller of the text message."""
    NO_SOUND = "no_sound"
    """A prompt could not be played."""
    TOO_LONG = "too_long"
    """The call reached `asterisk.longest_call`."""
    BUSY = "busy"
    """More calls than `asterisk.most_calls`; another gateway may take it."""
    STOPPED = "stopped"
    """This gateway is stopping; another may take the call where it stands."""

    @property
    def leaves_call_to_dial_plan(self) -> bool:
        """Whether the caller is still there, and not yet done with."""
        return self not in {Outcome.DONE, Outcome.GONE, Outcome.LOST}


OUTGOING: Final = re.compile(r"hcp[0-9a-f]{20}")
"""Ids of channels whose calls we make."""
CAME_TO: Final = "HAOCHAPING_CALL"
"""Global variable, with `_` and the channel's id behind it, in which the dial plan keeps what came of a call
that we made: `answered`, `machine`, or the cause by which it ended (Q.850)."""
_OUTCOMES: Final[Mapping[str, CallOutcome]] = MappingProxyType(
    {
        "": CallOutcome.OVER,
        "answered": CallOutcome.REACHED,
        "machine": CallOutcome.MACHINE,
        "17": CallOutcome.BUSY,
        # No such number, changed, incomplete: the next call would find the same.
        "1": CallOutcome.FAILED,
        "22": CallOutcome.FAILED,
        "28": CallOutcome.FAILED,
    }
)


def outcome_of(word: str) -> CallOutcome:
    """What came of a call, from the dial plan's word; every other cause is one that may be gone next time."""
    return _OUTCOMES.get(word, CallOutcome.NO_ANSWER)
