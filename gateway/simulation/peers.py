"""The gateway's other side: core store, mail server and SMS carrier, in memory, each failing in its ways."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from hashlib import blake2b
from typing import Final

from gateway.application.ports.mailer import EmailReceipt, OutgoingEmail
from gateway.domain.documents import Document
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.simulation.ledger import Violation
from gateway.simulation.lives import LIFE, Life
from gateway.simulation.scene import Scene

_SLOW_SECONDS: Final = 60.0


class Fate(Enum):
    """What becomes of one delivery."""

    TAKEN = "taken"
    REFUSED = "refused"
    BUSY = "busy"
    REJECTED = "rejected"
    FORGOTTEN = "forgotten"
    """Taken, and the answer lost."""
    BROKEN = "broken"
    """Not taken, and looks the same."""


class Reach:
    """How deliveries to one peer fare."""

    def __init__(self, scene: Scene, name: str) -> None:
        self.scene = scene
        self.name = name
        self.chance = scene.chance.stream(name)
        self.away_until = 0.0
        """Until when nobody can reach it."""

    async def fate(self) -> Fate:
        """Travel there; what happens to the delivery."""
        trouble, rates = self.scene.trouble, self.scene.trouble.rates
        life = LIFE.get()
        if life is not None:
            life.works()
        await asyncio.sleep(0.005 + self.chance.fraction() * 0.1)
        if trouble.happens(f"{self.name}: slow", rates.peer_slow):
            await asyncio.sleep(self.chance.seconds(1.0, _SLOW_SECONDS))
        if self.scene.now < self.away_until:
            trouble.counts[f"{self.name}: away"] += 1
            return Fate.REFUSED
        for fate, rate in (
            (Fate.REFUSED, rates.peer_refuses),
            (Fate.BUSY, rates.peer_errs),
            (Fate.REJECTED, rates.peer_rejects),
            (Fate.FORGOTTEN, rates.peer_forgets),
            (Fate.BROKEN, rates.peer_breaks),
        ):
            if trouble.happens(f"{self.name}: {fate.value}", rate):
                return fate
        return Fate.TAKEN

    async def lose_answer(self) -> None:
        """As long as the gateway waits before it gives an answer up."""
        await asyncio.sleep(self.chance.pick((0.0, 0.0, 10.0)))

    def wish(self) -> timedelta | None:
        """A `Retry-After`, now and then."""
        return timedelta(seconds=self.chance.whole(1, 600)) if self.chance.happens(0.5) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRevision:
    """What the core store was told; of a town's evaluations the whole documents would be too much."""

    level: object
    service_id: object
    agency_code: object
    sequence: object
    adopted: object
    content: bytes
    """A digest of the document."""

    @classmethod
    def of(cls, document: Document) -> StoredRevision:
        """What to remember of a document."""
        content = json.dumps(document, sort_keys=True, default=str).encode()
        return cls(
            level=document["level"],
            service_id=document["service_id"],
            agency_code=document["agency_code"],
            sequence=document["sequence"],
            adopted=document["adopted"],
            content=blake2b(content, digest_size=16).digest(),
        )


class CoreStorePeer:
    """The core store: takes revisions, each once, and watches that they come in order."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.reach = Reach(scene, "core store")
        self.revisions: defaultdict[str, dict[int, StoredRevision]] = defaultdict(dict)
        """What it has, by evaluation and revision."""

    async def put(self, document: Document) -> None:
        """The port `CoreStore`."""
        fate = await self.reach.fate()
        if fate is Fate.REJECTED:
            raise DeliveryFailed("rejected", FailureFacts("422", retryable=False))
        if fate in {Fate.TAKEN, Fate.FORGOTTEN}:
            self._take(document)
        if fate is not Fate.TAKEN:
            await self.reach.lose_answer()
            wish = self.reach.wish() if fate is Fate.BUSY else None
            raise DeliveryFailed("failed", FailureFacts(fate.value, retryable=True, retry_after=wish))

    def _take(self, document: Document) -> None:
        evaluation_id, revision = str(document["evaluation_id"]), int(str(document["revision"]))
        told, known = StoredRevision.of(document), self.revisions[evaluation_id]
        promise = "every revision reaches the core store, in order"
        if revision in known:
            if known[revision] != told:
                self._scene.break_promise(
                    Violation(promise, f"revision {revision} of {evaluation_id} came with two contents")
                )
            return
        if known and revision < max(known):
            self._scene.break_promise(Violation(promise, f"{evaluation_id} came out of order"))
        known[revision] = told
        self._scene.note(
            str(told.service_id),
            f"core store has {told.sequence}.{revision}: {told.level}",
            "revisions stored",
        )


@dataclass(slots=True)
class Acceptance:
    """One time that a peer took an email or a text."""

    at: float
    life: Life | None
    confirmed: bool
    """Whether the gateway was told."""

    @property
    def was_written_down(self) -> bool:
        """Whether the gateway had every chance to remember that it was told."""
        life = self.life
        return self.confirmed and life is not None and not life.dead and life.troubled_at < self.at


@dataclass(slots=True)
class MailServerPeer:
    """The agencies' mail server."""

    scene: Scene
    bring: Callable[[OutgoingEmail], None]
    """To the mailboxes behind it."""
    reach: Reach = field(init=False)
    taken: defaultdict[str, list[Acceptance]] = field(default_factory=lambda: defaultdict(list))
    """Every acceptance by Message-ID; a second one of the same id is dropped by the receiver."""

    def __post_init__(self) -> None:
        self.reach = Reach(self.scene, "mail server")

    async def send(self, email: OutgoingEmail) -> EmailReceipt:
        """The port `Mailer`."""
        fate = await self.reach.fate()
        if fate is Fate.REJECTED:
            raise DeliveryFailed("no such mailbox", FailureFacts("550", retryable=False))
        if fate in {Fate.TAKEN, Fate.FORGOTTEN}:
            taken = Acceptance(self.scene.now, LIFE.get(), fate is Fate.TAKEN)
            self.taken[email.message_id].append(taken)
            self.scene.note("", f"mail server took {email.message_id}", "emails taken")
            self.bring(email)
        if fate is not Fate.TAKEN:
            await self.reach.lose_answer()
            unknown = fate in {Fate.FORGOTTEN, Fate.BROKEN}
            raise DeliveryFailed("failed", FailureFacts(fate.value, retryable=True, outcome_unknown=unknown))
        return EmailReceipt(accepted=email.to)
