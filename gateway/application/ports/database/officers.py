"""Where the bureau's people, their sessions and the ledger of both are kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.ledger_chain import KeptEntry
from gateway.domain.bureau.lockout import Tries
from gateway.domain.bureau.officers import Officer
from gateway.domain.bureau.sessions import Session
from gateway.domain.ids import OfficerId


class Officers(Protocol):
    """People of the bureau; none is ever removed, since histories name them."""

    async def add(self, officer: Officer) -> None:
        """Somebody new; AlreadyRecorded when the login name is taken."""
        ...

    async def get(self, officer_id: OfficerId) -> Officer | None:
        """One officer."""
        ...

    async def by_login(self, login: str) -> Officer | None:
        """The officer of a login name."""
        ...

    async def by_invitation(self, digest: str) -> Officer | None:
        """The officer whom this link invites."""
        ...

    async def all(self) -> list[Officer]:
        """Everybody, by login name."""
        ...

    async def lock_all(self) -> list[Officer]:
        """Everybody, and nobody else changes any of them until the transaction ends."""
        ...

    async def save(self, officer: Officer) -> None:
        """Write an officer over what is kept of them."""
        ...

    async def use_code(self, officer_id: OfficerId, step: int) -> bool:
        """Note that the code of this step was used; False when it, or a later one, was used before."""
        ...


class Sessions(Protocol):
    """Who is signed in, and who tried to be."""

    async def add(self, session: Session) -> None:
        """Somebody signed in."""
        ...

    async def get(self, digest: str) -> Session | None:
        """The session of a token's digest."""
        ...

    async def of_officer(self, officer_id: OfficerId) -> list[Session]:
        """Everywhere they are signed in, newest first."""
        ...

    async def touch(self, digest: str, now: datetime) -> None:
        """It was used."""
        ...

    async def end(self, digest: str) -> None:
        """End one."""
        ...

    async def end_all(self, officer_id: OfficerId, *, but: str = "") -> int:
        """End all of theirs, except the one of this digest; how many."""
        ...

    async def tries(self, key: str, now: datetime) -> Tries:
        """Tries to sign in by a name; nobody else counts any until the transaction ends."""
        ...

    async def note_tries(self, key: str, tries: Tries) -> None:
        """Remember the tries."""
        ...

    async def forget_tries(self, key: str) -> None:
        """They succeeded, or an administrator lets them try again."""
        ...


class Ledger(Protocol):
    """Sign-ins, and changes to people and agencies; entries are only added, each chained to the last."""

    async def lock(self) -> None:
        """Nobody else writes any until the transaction ends."""
        ...

    async def add(self, entry: LedgerEntry) -> int:
        """Write one; its number, greater than those of all before. Locks the ledger."""
        ...

    async def last(self, event: LedgerEvent) -> LedgerEntry | None:
        """The newest entry of a kind."""
        ...

    async def newest(self, limit: int, before: int | None = None) -> list[tuple[int, LedgerEntry]]:
        """The newest entries with their numbers, or the newest of those before a number."""
        ...

    async def about(self, subject: str, events: Collection[LedgerEvent], limit: int) -> list[LedgerEntry]:
        """The newest entries of these kinds about somebody or something."""
        ...

    async def page(self, after: int, limit: int) -> list[KeptEntry]:
        """Entries after a number, the oldest first, with what chains them."""
        ...
