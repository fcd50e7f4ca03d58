"""The words that gateway and dial plan exchange by channel variables, and what a conversation comes to."""

from __future__ import annotations

from enum import Enum
from typing import Final

NAME: Final = "asterisk"
"""First part of call ids."""
RESULT: Final = "HAOCHAPING_RESULT"
"""Channel variable by which the dial plan learns what came of the call, in the values of `Outcome`."""
STEP: Final = "HAOCHAPING_STEP"
"""Channel variable that holds where the call stands, for whoever goes on with it."""
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
