"""Tries to prove who somebody is, counted before anything of them is looked at.

So many at once are no more guesses than many one after the other. A name that nobody has is counted and shut
like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.application.bureau.digests import digest_of
from gateway.application.ports.database import UnitOfWork
from gateway.domain.bureau.lockout import MOST_TRIES, after_try, is_shut


@dataclass(frozen=True, slots=True)
class CountedTry:
    """What is known of a try before it is looked at."""

    is_shut: bool = False
    """Nobody gets in by this name now."""
    is_last: bool = False
    """Unless it succeeds, the name is shut."""


async def count_try(work: UnitOfWork, login: str, now: datetime) -> CountedTry:
    """One more try by this name, in vain until it succeeds."""
    key = digest_of(login)
    tries = await work.sessions.tries(key, now)
    if is_shut(tries, now):
        return CountedTry(is_shut=True)
    later = after_try(tries, now)
    await work.sessions.note_tries(key, later)
    return CountedTry(is_last=later.count == MOST_TRIES)


async def forget_tries(work: UnitOfWork, login: str) -> None:
    """One succeeded, or somebody who may lets them try again."""
    await work.sessions.forget_tries(digest_of(login))
