"""Signing in by password and one-time code, or by way of an identity provider; a wrong try tells nothing.

Every try is counted before anything of it is looked at, so that many at once are no more guesses than many
one after the other. A name that nobody has is counted, shut and answered like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from gateway.application.bureau.digests import digest_of
from gateway.application.essentials import Essentials
from gateway.application.ports.credentials import Identity, OneTimeCodes, Passwords
from gateway.application.ports.database import UnitOfWork
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.lockout import MOST_TRIES, after_try, is_shut
from gateway.domain.bureau.officers import Officer, as_login
from gateway.domain.bureau.sessions import Session

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What somebody typed, and where they are."""

    login: str
    password: str
    code: str
    address: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody was let in; `token` goes into their cookie and is kept nowhere."""

    officer: Officer
    token: str


@dataclass(frozen=True, slots=True)
class _Try:
    is_shut: bool = False
    """Nobody gets in by this name now."""
    is_last: bool = False
    """Unless it succeeds, the name is shut."""


class SignIn:
    """Lets officers in."""

    def __init__(
        self,
        essentials: Essentials,
        passwords: Passwords,
        codes: OneTimeCodes,
        make_token: Callable[[], str],
    ) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._passwords = passwords
        self._codes = codes
        self._make_token = make_token

    async def __call__(self, given: Credentials) -> SignedIn | None:
        """Whoever the credentials are of; None for everything else, whatever it was.

        Raises:
            Unavailable: the database does not answer.

        """
        login = as_login(given.login) or ""
        now = self._clock.now()
        async with self._database.transaction() as work:
            known = await work.officers.by_login(login)
            tried = await self._count(work, login, now)
        officer = known if known is not None and known.active and not tried.is_shut else None
        kept = officer.password_hash if officer else ""
        right = await self._passwords.matches(kept, given.password)
        step = self._codes.step_of(officer.code_secret, given.code, now) if officer and right else None
        if officer is None or step is None:
            await self._note_failure(known, given.address, tried)
            return None
        return await self._let_in(officer, given, step)

    async def by_identity(self, identity: Identity, address: str) -> SignedIn | None:
        """The officer whom the identity provider names; bound to its subject from the first time on."""
        async with self._database.transaction() as work:
            officers = await work.officers.lock_all()
            officer = next((o for o in officers if o.subject == identity.subject), None)
            if officer is None:
                login = as_login(identity.login)
                officer = next((o for o in officers if o.login == login and not o.subject), None)
            if officer is None or not officer.active:
                log.warning("sign_in_failed", why="no officer of this identity")
                return None
            if not officer.subject:
                # From now on the name alone is not enough: names are given to others in the end.
                officer = replace(officer, subject=identity.subject)
                await work.officers.save(officer)
            return SignedIn(officer, await self._begin(work, officer, address, by="identity provider"))

    async def _count(self, work: UnitOfWork, login: str, now: datetime) -> _Try:
        key = digest_of(login)
        tries = await work.sessions.tries(key, now)
        if is_shut(tries, now):
            return _Try(is_shut=True)
        later = after_try(tries, now)
        await work.sessions.note_tries(key, later)
        return _Try(is_last=later.count == MOST_TRIES)

    async def _note_failure(self, known: Officer | None, address: str, tried: _Try) -> None:
        """Written down for names that nobody has too: it takes as long, and shows who guesses."""
        log.warning("sign_in_failed", known=known is not None, shut=tried.is_shut)
        entry = LedgerEntry(
            at=self._clock.now(),
            event=LedgerEvent.SHUT_OUT if tried.is_last else LedgerEvent.SIGN_IN_FAILED,
            # What was typed as a name may be a password.
            actor=known.login if known else "",
            detail={"shut": True} if tried.is_shut else {},
            address=address,
        )
        async with self._database.transaction() as work:
            await work.ledger.add(entry)

    async def _let_in(self, officer: Officer, given: Credentials, step: int) -> SignedIn | None:
        renewed = ""
        if self._passwords.is_outdated(officer.password_hash):
            renewed = await self._passwords.hash(given.password)
        async with self._database.transaction() as work:
            if not await work.officers.use_code(officer.officer_id, step):
                log.warning("sign_in_failed", known=True, why="the code was used before")
                return None
            present = await work.officers.get(officer.officer_id)
            if present is None or not present.active or present.password_hash != officer.password_hash:
                return None
            if renewed:
                await work.officers.save(replace(present, password_hash=renewed))
            await work.sessions.forget_tries(digest_of(officer.login))
            return SignedIn(present, await self._begin(work, present, given.address, by="password and code"))

    async def _begin(self, work: UnitOfWork, officer: Officer, address: str, *, by: str) -> str:
        token, now = self._make_token(), self._clock.now()
        await work.sessions.add(
            Session(digest=digest_of(token), officer_id=officer.officer_id, started_at=now, seen_at=now)
        )
        await work.ledger.add(
            LedgerEntry(
                at=now, event=LedgerEvent.SIGNED_IN, actor=officer.login, detail={"by": by}, address=address
            )
        )
        log.info("signed_in", officer_id=officer.officer_id, by=by)
        return token
