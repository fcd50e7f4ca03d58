"""Rows of sessions, and of tries to begin one."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from gateway.adapters.database.dialects import insert_or_ignore
from gateway.adapters.database.officer_tables import officer_sessions, sign_in_tries
from gateway.domain.bureau.lockout import Tries
from gateway.domain.bureau.sessions import Session

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.domain.ids import OfficerId


class SqlSessions:
    """The port `Sessions`."""

    def __init__(self, connection: SqlConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        """Somebody signed in."""
        await self._connection.execute(insert(officer_sessions), asdict(session))

    async def get(self, digest: str) -> Session | None:
        """The session of a token's digest."""
        found = await self._connection.execute(
            select(officer_sessions).where(officer_sessions.c.digest == digest)
        )
        row = found.mappings().first()
        return None if row is None else Session(**row)

    async def of_officer(self, officer_id: OfficerId) -> list[Session]:
        """Everywhere they are signed in, newest first."""
        found = await self._connection.execute(
            select(officer_sessions)
            .where(officer_sessions.c.officer_id == officer_id)
            .order_by(officer_sessions.c.started_at.desc(), officer_sessions.c.digest)
        )
        return [Session(**row) for row in found.mappings()]

    async def touch(self, digest: str, now: datetime) -> None:
        """It was used."""
        await self._connection.execute(
            update(officer_sessions).where(officer_sessions.c.digest == digest).values(seen_at=now)
        )

    async def end(self, digest: str) -> None:
        """End one."""
        await self._connection.execute(delete(officer_sessions).where(officer_sessions.c.digest == digest))

    async def end_all(self, officer_id: OfficerId, *, but: str = "") -> int:
        """End all of theirs, except one."""
        ended = await self._connection.execute(
            delete(officer_sessions).where(
                officer_sessions.c.officer_id == officer_id, officer_sessions.c.digest != but
            )
        )
        return ended.rowcount

    async def tries(self, key: str, now: datetime) -> Tries:
        """Tries to sign in by a name; the row is there first, so that two at once wait for each other."""
        await self._connection.execute(
            insert_or_ignore(self._connection, sign_in_tries), {"key": key, "count": 0, "last_at": now}
        )
        found = await self._connection.execute(
            select(sign_in_tries).where(sign_in_tries.c.key == key).with_for_update()
        )
        row = found.mappings().one()
        return Tries(row["count"], row["last_at"])

    async def note_tries(self, key: str, tries: Tries) -> None:
        """Remember the tries."""
        await self._connection.execute(
            update(sign_in_tries)
            .where(sign_in_tries.c.key == key)
            .values(count=tries.count, last_at=tries.last_at)
        )

    async def forget_tries(self, key: str) -> None:
        """They succeeded."""
        await self._connection.execute(delete(sign_in_tries).where(sign_in_tries.c.key == key))
