"""What the outbox asks whoever delivers a kind of entry, and what it may be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeAlias

from gateway.application.ports.database import SentMessage, UnitOfWork
from gateway.domain.ids import OutboxId
from gateway.domain.outbox import CarrierTry, ClaimedEntry, OutboxEntry, OutboxState
from gateway.domain.retry import RetryPolicy

_FIRST_LOOK: Final = timedelta(seconds=5)
"""How long after a try of unknown outcome its receiver is first asked about it."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has it."""

    sent: SentMessage | None = None
    owes: Sequence[OutboxEntry] = ()
    """What is owed still, by itself: those of several receivers who have it not."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """It is no longer wanted."""

    why: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now, and not a failure either."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class GoesOn:
    """A delivery in several steps: the next at that time, with what is known by now."""

    at: datetime
    why: str
    payload: Mapping[str, object]
    in_doubt: bool
    """What was begun is under way, and is asked about then; else the next begins anew."""


@dataclass(frozen=True, slots=True)
class Redirected:
    """Refused here for good; the next receiver in line is tried at once."""

    payload: Mapping[str, object]
    why: str


@dataclass(frozen=True, slots=True)
class Again:
    """The earlier try is out of doubt: it never arrived, or the rule is to risk another. Due now."""

    why: str
    payload: Mapping[str, object] | None = None
    """What it goes with; None = with what it had."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Whether the earlier try arrived cannot be known, and it must not be risked twice."""

    why: str


@dataclass(frozen=True, slots=True)
class Begun:
    """It goes now, by this carrier: put on record before it leaves."""

    by: CarrierTry


@dataclass(frozen=True, slots=True)
class Intake:
    """How many entries can be taken now."""

    limit: int
    until: datetime | None = None
    """When more can be taken than none."""
    carrier: str = ""
    """Whose turns these are; empty where nobody set a pace."""


Result: TypeAlias = Delivered | Dropped | Later | GoesOn | Redirected | Again | GivenUp
Verdict: TypeAlias = Dropped | Later | Begun


class Deliverer(Protocol):
    """Delivers one kind of entry."""

    end_without_number: OutboxState = OutboxState.DEAD
    """What becomes of an entry whose number cannot be read: its key may come back, and somebody retry it."""

    repeats_are_harmless: bool = False
    """Whether the receiver knows a second copy for one, and shows it to nobody."""

    async def intake(self, limit: int) -> Intake:
        """How many of these free hands can be used now: all, unless a kind has its reasons."""
        return Intake(limit)

    async def taken(self, intake: Intake, wanted: Sequence[ClaimedEntry]) -> None:
        """Told, whatever happened, what is delivered of an intake that was not none."""
        del intake, wanted

    async def judge(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], now: datetime
    ) -> Mapping[OutboxId, Verdict]:
        """Which of these must not go, or not now, or by whom they go: nothing to say, unless a kind has.

        Asked once for all that are claimed together, in the claim's own transaction, right before they go.
        """
        del work, claimed, now
        return {}

    async def settled(
        self, work: UnitOfWork, claimed: Sequence[ClaimedEntry], state: OutboxState, now: datetime
    ) -> None:
        """Told, in the settlement's own transaction, what became of entries for good."""
        del work, claimed, state, now

    async def deliver(self, claimed: ClaimedEntry) -> Result:
        """Try once, or find out what became of an earlier try; whether it is still wanted has been asked.

        Raises:
            DeliveryFailed: `domain.retry` decides what follows.

        """
        ...

    def untold(self, claimed: ClaimedEntry, tried: CarrierTry, why: str) -> Result:
        """What follows where asking about an earlier try failed, in whatever way: it is as much in doubt."""
        del claimed, tried
        return GivenUp(why)

    def policy(self, claimed: ClaimedEntry) -> RetryPolicy:
        """How patiently this entry is repeated."""
        ...

    def first_look(self, claimed: ClaimedEntry) -> timedelta:
        """How long after a try of unknown outcome its receiver is asked about it at the earliest.

        The request may still be on its way: who asks too soon hears that nothing came, and sends it twice.
        """
        del claimed
        return _FIRST_LOOK
