"""An officer sets password and one-time codes by the link that an administrator or operator gave them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from gateway.application.bureau.count_tries import CountedTry, count_try, forget_tries
from gateway.application.bureau.digests import digest_of
from gateway.application.essentials import Essentials
from gateway.application.ports.credentials import OneTimeCodes, Passwords
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.officers import Officer
from gateway.domain.bureau.passwords import PasswordFault, fault_of


class EnrolFault(Enum):
    """Why somebody was not enrolled."""

    NOT_INVITED = "not_invited"
    """The link was used, is over, or never was one."""
    WRONG_CODE = "wrong_code"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a fault
    """The present password, asked for before it is changed, is another."""
    SHUT_OUT = "shut_out"
    """It was asked for too often: whoever sits at somebody's open session does not get to guess it."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the page of a link shows; the secret follows from the link: nothing is stored until the end."""

    officer: Officer
    secret: str
    address: str
    """For the QR code."""


class Enrol:
    """Takes what officers choose."""

    def __init__(self, essentials: Essentials, passwords: Passwords, codes: OneTimeCodes) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._passwords = passwords
        self._codes = codes

    async def look(self, token: str) -> Invitation | None:
        """Whom the link invites; None when it invites nobody any more."""
        async with self._database.reading() as work:
            officer = self._invited(await work.officers.by_invitation(digest_of(token)))
        if officer is None:
            return None
        secret = self._codes.secret_of(token)
        return Invitation(officer, secret, self._codes.address_of(secret, officer.login))

    async def __call__(
        self, token: str, password: str, code: str, address: str
    ) -> Officer | EnrolFault | PasswordFault:
        """Take password and codes, once the code shows that the authenticator has the secret."""
        invitation = await self.look(token)
        if invitation is None:
            return EnrolFault.NOT_INVITED
        officer, now = invitation.officer, self._clock.now()
        if fault := fault_of(password, officer.login, officer.name):
            return fault
        step = self._codes.step_of(invitation.secret, code, now)
        if step is None:
            return EnrolFault.WRONG_CODE
        password_hash = await self._passwords.hash(password)
        async with self._database.transaction() as work:
            await work.officers.lock_all()
            present = self._invited(await work.officers.by_invitation(digest_of(token)))
            if present is None:
                return EnrolFault.NOT_INVITED
            enrolled = replace(
                present,
                password_hash=password_hash,
                code_secret=invitation.secret,
                code_step=step,
                invitation="",
                invited_until=None,
            )
            await work.officers.save(enrolled)
            await forget_tries(work, enrolled.login)
            await work.ledger.add(
                LedgerEntry(at=now, event=LedgerEvent.ENROLLED, actor=enrolled.login, address=address)
            )
        return enrolled

    async def change_password(
        self, officer: Officer, present: str, wanted: str, *, keep: str, address: str
    ) -> EnrolFault | PasswordFault | None:
        """Replace the password; everywhere but in the session of the token `keep` they are signed out."""
        if fault := fault_of(wanted, officer.login, officer.name):
            return fault
        async with self._database.transaction() as work:
            tried = await count_try(work, officer.login, self._clock.now())
        if tried.is_shut:
            return EnrolFault.SHUT_OUT
        if not await self._passwords.matches(officer.password_hash, present):
            await self._note_guess(officer, address, tried)
            return EnrolFault.WRONG_PASSWORD
        password_hash = await self._passwords.hash(wanted)
        async with self._database.transaction() as work:
            await work.officers.lock_all()
            now_kept = await work.officers.get(officer.officer_id)
            if now_kept is None or now_kept.password_hash != officer.password_hash:
                return EnrolFault.WRONG_PASSWORD
            await work.officers.save(replace(now_kept, password_hash=password_hash))
            await work.sessions.end_all(officer.officer_id, but=digest_of(keep))
            await forget_tries(work, officer.login)
            await work.ledger.add(
                LedgerEntry(
                    at=self._clock.now(),
                    event=LedgerEvent.PASSWORD_CHANGED,
                    actor=officer.login,
                    address=address,
                )
            )
        return None

    async def _note_guess(self, officer: Officer, address: str, tried: CountedTry) -> None:
        entry = LedgerEntry(
            at=self._clock.now(),
            event=LedgerEvent.SHUT_OUT if tried.is_last else LedgerEvent.SIGN_IN_FAILED,
            actor=officer.login,
            detail={"by": "change of password"},
            address=address,
        )
        async with self._database.transaction() as work:
            await work.ledger.add(entry)

    def _invited(self, officer: Officer | None) -> Officer | None:
        if officer is None or not officer.active or officer.invited_until is None:
            return None
        return officer if self._clock.now() < officer.invited_until else None
