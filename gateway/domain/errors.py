"""Everything that can go wrong, in one tree.

GatewayError
├── InvalidInput          something from outside is malformed; says where and how to mend it
│   └── Malformed         it is not even in the form it claims (JSON, CSV), so no field can be pointed to
├── Unauthentic           a request does not prove where it comes from
├── Conflict              the same natural key with other content
├── AlreadyRecorded       another node recorded the same thing first; look again
├── Unavailable           something we depend on (the database) is not there now; try again
├── DeliveryFailed        an outgoing delivery did not succeed; carries the facts for the retry decision
└── ConfigurationError    the operator's files or settings are wrong; refuses to start

Expected outcomes (an unclear reply, a repeated request, a third rating) are return values, not errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
from typing import Final


class GatewayError(Exception):
    """Base of all errors this software raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with input; never repeats a phone number or a secret."""

    pointer: str
    """JSON pointer or `file:line`; empty for the whole."""
    detail: str
    """What is wrong and how to mend it."""


class InvalidInput(GatewayError):  # noqa: N818 - named for what it is, as the whole tree
    """Input from outside is malformed.

    `pointer` is a JSON pointer or `file:line` that names the place; the message says what is wrong
    and how to mend it. The message never repeats a phone number or a secret. `faults` lists every
    fault where several were found; else it holds this one.
    """

    def __init__(self, message: str, *, pointer: str = "", faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.faults = tuple(faults) or (Fault(pointer, message),)


class Malformed(InvalidInput):
    """Input is not in the form it claims to be in, such as JSON."""


class Unauthentic(GatewayError):  # noqa: N818 - see InvalidInput
    """A request does not prove where it comes from."""


class Conflict(GatewayError):  # noqa: N818 - see InvalidInput
    """The same natural key arrived before with other content."""


class AlreadyRecorded(GatewayError):  # noqa: N818 - see InvalidInput
    """Another node recorded the same thing at the same moment; a second look shows it."""


class Unavailable(GatewayError):  # noqa: N818 - see InvalidInput
    """Something we depend on is not there now; nothing was stored and the same call may be tried again."""


TOO_LATE: Final = "expired"
"""The code of a delivery that was not begun, since its time was over when its turn came: no failure."""


@dataclass(frozen=True, slots=True)
class FailureFacts:
    """What is known about a failed delivery; `domain.retry` alone turns it into a decision."""

    code: str
    """The peer's own code or a short name (`timeout`, `refused`, `21610`): for metrics and people."""
    retryable: bool
    outcome_unknown: bool = False
    """True when the peer may have accepted it (time-out after the request left): see domain.retry."""
    retry_after: timedelta | None = None
    """The peer's own wish (`Retry-After`)."""


class DeliveryFailed(GatewayError):  # noqa: N818 - see InvalidInput
    """An outgoing delivery did not succeed."""

    def __init__(self, message: str, facts: FailureFacts) -> None:
        super().__init__(message)
        self.facts = facts


class ConfigurationError(GatewayError):
    """The operator's settings or files are wrong; `place` is `file:line` or a settings key."""

    def __init__(self, message: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.place = place
