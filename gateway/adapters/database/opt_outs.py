"""Rows of the opt-out ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from gateway.adapters.database.key_sets import among_these
from gateway.adapters.database.sealed_phones import phone_columns
from gateway.adapters.database.tables import opt_outs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.phone_numbers import PhoneNumber


class SqlOptOuts:
    """The port `OptOuts`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def are_out(self, phones: Collection[PhoneNumber]) -> frozenset[PhoneNumber]:
        """Which of these numbers want no texts."""
        owners = {index: phone for phone in phones for index in self._personal_data.indexes(phone)}
        if not owners:
            return frozenset()
        found = await self._connection.execute(
            select(opt_outs.c.phone_index).where(
                among_these(opt_outs.c.phone_index, owners), opt_outs.c.ended_at.is_(None)
            )
        )
        return frozenset(owners[index] for index in found.scalars())

    async def since(self, phone: PhoneNumber) -> datetime | None:
        """Since when this number wants no texts."""
        found = await self._connection.execute(
            select(opt_outs.c.out_since)
            .where(
                opt_outs.c.phone_index.in_(self._personal_data.indexes(phone)), opt_outs.c.ended_at.is_(None)
            )
            .order_by(opt_outs.c.out_since)
        )
        return found.scalars().first()

    async def begin(self, phone: PhoneNumber, words: str, now: datetime) -> bool:
        """Note the wish with its wording."""
        if await self.are_out([phone]):
            return False
        await self._connection.execute(
            insert(opt_outs).values(
                **phone_columns(self._personal_data, phone),
                out_since=now,
                words_sealed=self._personal_data.seal(words),
            )
        )
        return True

    async def end(self, phone: PhoneNumber, now: datetime) -> bool:
        """Note that texts are wanted again."""
        ended = await self._connection.execute(
            update(opt_outs)
            .where(
                opt_outs.c.phone_index.in_(self._personal_data.indexes(phone)), opt_outs.c.ended_at.is_(None)
            )
            .values(ended_at=now)
        )
        return ended.rowcount > 0
