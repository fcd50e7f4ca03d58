"""Who may sign in, and as what; every change is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Final

from gateway.application.bureau.count_tries import forget_tries
from gateway.application.bureau.digests import digest_of
from gateway.application.ports.clock import Clock
from gateway.application.ports.database import Database, UnitOfWork
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.officers import Officer, Permission, Role
from gateway.domain.errors import AlreadyRecorded
from gateway.domain.ids import OfficerId

INVITED_FOR: Final = timedelta(days=3)


class PeopleFault(Enum):
    """Why nothing was changed."""

    TAKEN = "taken"
    """Somebody has the login name."""
    UNKNOWN = "unknown"
    LAST_ADMINISTRATOR = "last_administrator"
    """Nobody would be left who may change people."""


@dataclass(frozen=True, slots=True)
class Doer:
    """Who changes something, and where from."""

    login: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who can now set their password; `token` is told once and kept nowhere."""

    officer: Officer
    token: str


class ManagePeople:
    """Adds, invites, changes."""

    def __init__(self, database: Database, clock: Clock, make_token: Callable[[], str]) -> None:
        self._database = database
        self._clock = clock
        self._make_token = make_token

    async def all(self) -> list[Officer]:
        """Everybody, by login name."""
        async with self._database.reading() as work:
            return await work.officers.all()

    async def add(self, doer: Doer, login: str, name: str, role: Role) -> Invited | PeopleFault:
        """Somebody new, who is invited to set their password."""
        token = self._make_token()
        officer = self._with_invitation(
            Officer(officer_id=OfficerId(digest_of(token)[:16]), login=login, name=name, role=role), token
        )
        try:
            async with self._database.transaction() as work:
                if await work.officers.by_login(login) is not None:
                    return PeopleFault.TAKEN
                await work.officers.add(officer)
                detail: dict[str, object] = {"name": name, "role": role.value}
                await self._write(work, doer, LedgerEvent.OFFICER_ADDED, officer, detail)
        except AlreadyRecorded:
            return PeopleFault.TAKEN
        return Invited(officer, token)

    async def invite(self, doer: Doer, login: str) -> Invited | PeopleFault:
        """A fresh link, for whoever lost the first, password or telephone: what they had ends now."""
        token = self._make_token()
        async with self._database.transaction() as work:
            found = await self._find(work, login)
            if found is None:
                return PeopleFault.UNKNOWN
            bare = replace(found, password_hash="", code_secret="", code_step=0, subject="")
            officer = self._with_invitation(bare, token)
            await work.officers.save(officer)
            await work.sessions.end_all(officer.officer_id)
            await self._write(work, doer, LedgerEvent.OFFICER_INVITED, officer, {})
        return Invited(officer, token)

    async def change(
        self,
        doer: Doer,
        login: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        active: bool | None = None,
    ) -> Officer | PeopleFault:
        """Another name, role, or whether they may sign in at all; who may not is signed out at once."""
        async with self._database.transaction() as work:
            everybody = await work.officers.lock_all()
            before = next((o for o in everybody if o.login == login), None)
            if before is None:
                return PeopleFault.UNKNOWN
            after = replace(
                before,
                name=before.name if name is None else name,
                role=role or before.role,
                active=before.active if active is None else active,
            )
            others = [each for each in everybody if each.officer_id != before.officer_id]
            if _manages(before) and not _manages(after) and not _can_take_over(others, before):
                return PeopleFault.LAST_ADMINISTRATOR
            if after == before:
                return after
            await work.officers.save(after)
            if not after.active:
                await work.sessions.end_all(after.officer_id)
            await self._write(work, doer, LedgerEvent.OFFICER_CHANGED, after, _differences(before, after))
        return after

    async def unlock(self, doer: Doer, login: str) -> Officer | PeopleFault:
        """Let somebody try again who is shut out."""
        async with self._database.transaction() as work:
            officer = await self._find(work, login)
            if officer is None:
                return PeopleFault.UNKNOWN
            await forget_tries(work, login)
            await self._write(work, doer, LedgerEvent.OFFICER_UNLOCKED, officer, {})
        return officer

    async def sign_out(self, doer: Doer, login: str) -> Officer | PeopleFault:
        """Sign somebody out everywhere."""
        async with self._database.transaction() as work:
            officer = await self._find(work, login)
            if officer is None:
                return PeopleFault.UNKNOWN
            await work.sessions.end_all(officer.officer_id)
            await self._write(work, doer, LedgerEvent.SIGNED_OUT_EVERYWHERE, officer, {})
        return officer

    async def ledger(self, limit: int, before: int | None = None) -> list[tuple[int, LedgerEntry]]:
        """What happened at the door, and to people; newest first."""
        async with self._database.reading() as work:
            return await work.ledger.newest(limit, before)

    async def _find(self, work: UnitOfWork, login: str) -> Officer | None:
        return next((o for o in await work.officers.lock_all() if o.login == login), None)

    def _with_invitation(self, officer: Officer, token: str) -> Officer:
        until = self._clock.now() + INVITED_FOR
        return replace(officer, invitation=digest_of(token), invited_until=until)

    async def _write(
        self, work: UnitOfWork, doer: Doer, event: LedgerEvent, officer: Officer, detail: dict[str, object]
    ) -> None:
        await work.ledger.add(
            LedgerEntry(
                at=self._clock.now(),
                event=event,
                actor=doer.login,
                subject=officer.login,
                detail=detail,
                address=doer.address,
            )
        )


def _manages(officer: Officer) -> bool:
    return officer.active and officer.role.may(Permission.MANAGE)


def _can_take_over(others: list[Officer], administrator: Officer) -> bool:
    """Whether somebody is left who may manage people, and who can sign in if the one who goes can."""
    return any(_manages(o) and (o.is_enrolled or not administrator.is_enrolled) for o in others)


def _differences(before: Officer, after: Officer) -> dict[str, object]:
    """What is different, as [before, after]."""
    pairs = {
        "name": (before.name, after.name),
        "role": (before.role.value, after.role.value),
        "active": (before.active, after.active),
    }
    return {key: list(pair) for key, pair in pairs.items() if pair[0] != pair[1]}
