"""How long somebody who signed in is let in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.ids import OfficerId

_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """When a session ends by itself."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser that was let in; `digest` is that of the token in its cookie, which is kept nowhere."""

    digest: str
    officer_id: OfficerId
    started_at: datetime
    seen_at: datetime


def is_over(session: Session, limits: SessionLimits, now: datetime) -> bool:
    """Whether it has ended: for want of use, or because every session ends."""
    return now >= min(session.seen_at + limits.idle, session.started_at + limits.absolute)


def is_worth_noting(session: Session, now: datetime) -> bool:
    """Whether that it was used is to be written down; not at every click."""
    return now >= session.seen_at + _NOTED_EVERY
