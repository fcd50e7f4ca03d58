"""Rows of the opt-out ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, insert, select, update

from gateway.adapters.database.key_sets import among
from gateway.adapters.database.sealed_phones import phone_columns
from gateway.adapters.database.tables import opt_outs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.phone_numbers import PhoneNumber


# Statements of each text are made once: building one costs more than running it.
_CURRENT = and_(among(opt_outs.c.phone_index, "indexes"), opt_outs.c.ended_at.is_(None))
_OUT = select(opt_outs.c.phone_index).where(_CURRENT)
_SINCE = select(opt_outs.c.out_since).where(_CURRENT).order_by(opt_outs.c.out_since)
_END = update(opt_outs).where(_CURRENT).values(ended_at=bindparam("now"))


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
        found = await self._connection.execute(_OUT, {"indexes": owners.keys()})
        return frozenset(owners[index] for index in found.scalars())

    async def since(self, phone: PhoneNumber) -> datetime | None:
        """Since when this number wants no texts."""
        found = await self._connection.execute(_SINCE, {"indexes": self._personal_data.indexes(phone)})
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
        told = {"indexes": self._personal_data.indexes(phone), "now": now}
        ended = await self._connection.execute(_END, told)
        return ended.rowcount > 0
