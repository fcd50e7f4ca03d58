"""Where what is owed to the outside is kept, for workers and for operators."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.ids import OutboxId
from gateway.domain.outbox import CarrierTry, ClaimedEntry, OutboxEntry, OutboxKind, OutboxState


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an entry has got."""

    state: OutboxState
    in_doubt: bool
    """Whether a try is under way, or ended without anybody knowing how."""
    last_error: str


class Outbox(Protocol):
    """What is owed to the outside."""

    async def add(self, entries: Sequence[OutboxEntry]) -> None:
        """Owe something; a key that is owed already is left as it is."""
        ...

    async def claim(
        self, kind: OutboxKind, now: datetime, lease_for: timedelta, limit: int
    ) -> list[ClaimedEntry]:
        """Take due entries, first of their order, longest due first; less what another worker holds.

        `now` says what is due; how long a lease lasts is measured by the clock that all workers share.
        """
        ...

    async def begin(self, tries: Sequence[tuple[ClaimedEntry, CarrierTry]]) -> int:
        """Put tries on record before they leave; the number put, less those whose lease has passed on."""
        ...

    async def under_way(self, kind: OutboxKind) -> int:
        """How many tries of the kind are in doubt, over all nodes.

        Whoever asks keeps others from asking until their transaction ends, so that the number holds.
        """
        ...

    async def standing(self, kind: OutboxKind, keys: Collection[str]) -> dict[str, Standing]:
        """How far entries have got; keys by which nothing is owed are left out."""
        ...

    async def prove(self, kind: OutboxKind, key: str, now: datetime) -> tuple[OutboxEntry, CarrierTry] | None:
        """Settle as done what was tried and is not settled, or was given up, because it is proven to be out.

        Returns what was settled with its last try; None when there was nothing of the kind.
        """
        ...

    async def settle(
        self,
        claimed: Sequence[ClaimedEntry],
        state: OutboxState,
        now: datetime,
        why: str,
        *,
        in_doubt: bool = False,
    ) -> None:
        """Done, dead or dropped; ignored where the lease has passed to another.

        Except for done: that the receiver has it is a fact, whoever holds the entry now or has given it up.
        `in_doubt` keeps the last try on record as one of unknown outcome. The commit wakes the workers of
        what waited behind these in its order.
        """
        ...

    async def renew(self, claimed: Sequence[ClaimedEntry], now: datetime, lease_for: timedelta) -> None:
        """Hold entries so long from now on; those whose lease has passed to another are left alone."""
        ...

    async def postpone(
        self,
        claimed: ClaimedEntry,
        due_at: datetime,
        *,
        why: str,
        payload: Mapping[str, object] | None = None,
        in_doubt: bool = False,
        counted: bool = True,
    ) -> None:
        """Try again later; ignored where the lease has passed to another.

        `in_doubt` keeps the last try on record as one of unknown outcome; `counted` = False: this was no try.
        """
        ...

    async def hasten(self, kind: OutboxKind, keys: Collection[str], now: datetime) -> None:
        """Make waiting entries due now, unless they are being delivered."""
        ...

    async def next_due_at(self, kind: OutboxKind, now: datetime) -> datetime | None:
        """When the next entry of the kind can be claimed; what waits behind another is not looked at.

        Later than `now`, unless one can be claimed at once.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """An entry as operators see it; no number, no payload."""

    outbox_id: OutboxId
    kind: str
    purpose: str
    """Of a text its kind of message, of an email its kind of letter, or `digest`; empty of all else."""
    key: str
    state: OutboxState
    due_at: datetime
    created_at: datetime
    attempts: int
    carrier: str | None
    """Whom its last try was given to; None where no carrier is chosen."""
    in_doubt: bool
    """Whether the outcome of that try is not known."""
    last_error: str


@dataclass(frozen=True, slots=True)
class OutboxLevel:
    """How much of one kind waits or is dead, and since when."""

    kind: str
    state: OutboxState
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which entries an operator means: those that are all of this; None = whichever."""

    outbox_ids: Collection[OutboxId] | None = None
    kinds: Collection[str] | None = None
    purposes: Collection[str] | None = None


class OutboxInspection(Protocol):
    """The operator's view of the outbox."""

    async def rows(
        self, state: OutboxState, kind: str | None, limit: int, purpose: str | None = None
    ) -> list[OutboxRow]:
        """Entries in a state, oldest first, of all kinds and purposes or one."""
        ...

    async def levels(self) -> list[OutboxLevel]:
        """Counts of what waits and what is dead."""
        ...

    async def revive(self, chosen: Chosen, now: datetime) -> int:
        """Make these dead entries pending again; the number revived."""
        ...

    async def drop(
        self, chosen: Chosen, now: datetime, spared: Collection[tuple[OutboxKind, str]] = ()
    ) -> list[OutboxEntry]:
        """Let these dead entries rest for good, but for those of a kind and purpose that is spared.

        What was dropped, without numbers. Whoever calls this tells the use cases that must know.
        """
        ...

    async def give_up(
        self,
        kind: OutboxKind,
        until: datetime,
        now: datetime,
        why: str,
        spared: Collection[tuple[OutboxKind, str]] = (),
    ) -> list[OutboxEntry]:
        """Make dead what was due by then, what somebody holds, and what was never tried, but for the spared.

        What was given up, without numbers. Whoever calls this tells the use cases that must know.
        """
        ...
