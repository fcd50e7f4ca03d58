"""Locks of PostgreSQL that stand for no row: every number in one place, lest two mean the same.

They are held until the transaction ends. SQLite needs none: it has one writer. Beside these, the outbox locks
by the hash of a kind's name (`under_way`). The numbers spell words, so that no other program's on the same
server is likely to be one of them, and stay: processes of two versions must wait for each other.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import func, select

if TYPE_CHECKING:
    from sqlalchemy import Select


class AdvisoryLock(Enum):
    """What one transaction does at a time."""

    MIGRATING = 0x68616F63
    """Two upgrades at once are one, and the second finds nothing to do ("haoc")."""
    JUDGING_REMINDERS = 0x686370
    """Of two reminders to one person, the second names the letter that the first left ("hcp")."""
    POSITIONING = 0x68616F70
    """Evaluations get their positions one after the other, with no gap that a reader would pass ("haop")."""
    LEDGER = 0x6C656467
    """Entries of the ledger are chained, each to the one before ("ledg")."""

    @property
    def taken(self) -> Select[tuple[None]]:
        """The statement that waits for it and takes it."""
        return select(func.pg_advisory_xact_lock(self.value))
