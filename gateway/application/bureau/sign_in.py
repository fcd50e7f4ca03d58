"""Signing in by password and one-time code, or by way of an identity provider; a wrong try tells nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from gateway.application.bureau.count_tries import CountedTry, count_try, forget_tries
from gateway.application.bureau.digests import digest_of
from gateway.application.essentials import Essentials
from gateway.application.ports.credentials import Identity, OneTimeCodes, Passwords
from gateway.application.ports.database import UnitOfWork
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.officers import Officer, as_login
from gateway.domain.bureau.sessions import Session

log = structlog.get_logger()

_BY_PROVIDER = {"by": "identity provider"}
_BY_PASSWORD = {"by": "password and code"}


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
            tried = await count_try(work, login, now)
        officer = known if known is not None and known.active and not tried.is_shut else None
        kept = officer.password_hash if officer else ""
        right = await self._passwords.matches(kept, given.password)
        step = self._codes.step_of(officer.code_secret, given.code, now) if officer and right else None
        signed_in = await self._let_in(officer, given, step) if officer and step is not None else None
        if signed_in is None:
            await self._note_failure(known, given.address, tried)
        return signed_in

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
                await work.ledger.add(
                    LedgerEntry(
                        at=self._clock.now(),
                        event=LedgerEvent.SIGN_IN_FAILED,
                        actor=officer.login if officer else "",
                        detail=_BY_PROVIDER,
                        address=address,
                    )
                )
                return None
            if not officer.subject:
                # From now on the name alone is not enough: names are given to others in the end.
                officer = replace(officer, subject=identity.subject)
                await work.officers.save(officer)
            return SignedIn(officer, await self._begin(work, officer, address, _BY_PROVIDER))

    async def _note_failure(self, known: Officer | None, address: str, tried: CountedTry) -> None:
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
        """None when the code was used before, or the officer was changed meanwhile."""
        renewed = ""
        if self._passwords.is_outdated(officer.password_hash):
            renewed = await self._passwords.hash(given.password)
        async with self._database.transaction() as work:
            if not await work.officers.use_code(officer.officer_id, step):
                return None
            present = await work.officers.get(officer.officer_id)
            if present is None or not present.active or present.password_hash != officer.password_hash:
                return None
            if renewed:
                await work.officers.save(replace(present, password_hash=renewed))
            await forget_tries(work, officer.login)
            return SignedIn(present, await self._begin(work, present, given.address, _BY_PASSWORD))

    async def _begin(self, work: UnitOfWork, officer: Officer, address: str, by: dict[str, str]) -> str:
        token, now = self._make_token(), self._clock.now()
        await work.sessions.add(
            Session(digest=digest_of(token), officer_id=officer.officer_id, started_at=now, seen_at=now)
        )
        await work.ledger.add(
            LedgerEntry(at=now, event=LedgerEvent.SIGNED_IN, actor=officer.login, detail=by, address=address)
        )
        log.info("signed_in", officer_id=officer.officer_id, **by)
        return token
