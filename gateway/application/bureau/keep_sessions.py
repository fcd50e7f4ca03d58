"""Who a cookie's token is, for as long as it lets anybody in."""

from __future__ import annotations

from gateway.application.bureau.digests import digest_of
from gateway.application.essentials import Essentials
from gateway.domain.bureau.ledger import LedgerEntry, LedgerEvent
from gateway.domain.bureau.officers import Officer
from gateway.domain.bureau.sessions import Session, SessionLimits, is_over, is_worth_noting


class KeepSessions:
    """Finds, lengthens and ends sessions."""

    def __init__(self, essentials: Essentials, limits: SessionLimits) -> None:
        self._database = essentials.database
        self._clock = essentials.clock
        self._limits = limits

    async def officer_of(self, token: str) -> Officer | None:
        """The officer who was let in with this token, now used once more; None when it lets nobody in.

        Raises:
            Unavailable: the database does not answer.

        """
        digest, now = digest_of(token), self._clock.now()
        async with self._database.reading() as work:
            session = await work.sessions.get(digest)
            if session is None:
                return None
            officer = await work.officers.get(session.officer_id)
        if is_over(session, self._limits, now):
            await self._forget(digest)
            return None
        if officer is None or not officer.active:
            return None
        if is_worth_noting(session, now):
            async with self._database.transaction() as work:
                await work.sessions.touch(digest, now)
        return officer

    async def of(self, officer: Officer) -> list[Session]:
        """Everywhere they are signed in, newest first."""
        now = self._clock.now()
        async with self._database.reading() as work:
            found = await work.sessions.of_officer(officer.officer_id)
        return [session for session in found if not is_over(session, self._limits, now)]

    async def sign_out(self, officer: Officer, token: str, address: str) -> None:
        """End the session of this token."""
        async with self._database.transaction() as work:
            await work.sessions.end(digest_of(token))
            await work.ledger.add(self._entry(LedgerEvent.SIGNED_OUT, officer, address))

    async def sign_out_everywhere(self, officer: Officer, address: str) -> int:
        """End all sessions of an officer, this one too; how many."""
        async with self._database.transaction() as work:
            ended = await work.sessions.end_all(officer.officer_id)
            await work.ledger.add(self._entry(LedgerEvent.SIGNED_OUT_EVERYWHERE, officer, address))
        return ended

    async def _forget(self, digest: str) -> None:
        async with self._database.transaction() as work:
            await work.sessions.end(digest)

    def _entry(self, event: LedgerEvent, officer: Officer, address: str) -> LedgerEntry:
        return LedgerEntry(at=self._clock.now(), event=event, actor=officer.login, address=address)
