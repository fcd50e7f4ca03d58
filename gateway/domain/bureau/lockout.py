"""Guessing made hopeless: after some failures a name is shut for a while, whether anybody has it or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

MOST_TRIES: Final = 5
SHUT_FOR: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Tries:
    """Tries to sign in by one name since the last success."""

    count: int
    last_at: datetime


def is_shut(tries: Tries, now: datetime) -> bool:
    """Whether nobody gets in by this name now."""
    return tries.count >= MOST_TRIES and now < tries.last_at + SHUT_FOR


def after_try(tries: Tries, now: datetime) -> Tries:
    """What is known after one more try, which counts as vain until it succeeds; none counts while shut."""
    if now >= tries.last_at + SHUT_FOR:
        return Tries(1, now)
    return tries if is_shut(tries, now) else Tries(tries.count + 1, now)
