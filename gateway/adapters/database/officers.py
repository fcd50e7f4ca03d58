"""Rows of the bureau's people."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import asdict, fields
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import insert, select, update

from gateway.adapters.database.officer_tables import officers
from gateway.domain.bureau.officers import Officer
from gateway.domain.errors import ConfigurationError, InvalidInput

if TYPE_CHECKING:
    from sqlalchemy import RowMapping, Select

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.ids import OfficerId

log = structlog.get_logger()

_UNREADABLE: Final = b32encode(token_bytes(20)).decode()
"""Stands for a secret that cannot be read: nobody knows its codes, and the other officers are found."""
_PLAIN: Final = tuple(field.name for field in fields(Officer) if field.name != "code_secret")


class SqlOfficers:
    """The port `Officers`; secrets of one-time codes are sealed."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def add(self, officer: Officer) -> None:
        """Somebody new."""
        await self._connection.execute(insert(officers), self._row(officer))

    async def get(self, officer_id: OfficerId) -> Officer | None:
        """One officer."""
        return await self._one(select(officers).where(officers.c.officer_id == officer_id))

    async def by_login(self, login: str) -> Officer | None:
        """The officer of a login name."""
        return await self._one(select(officers).where(officers.c.login == login))

    async def by_invitation(self, digest: str) -> Officer | None:
        """The officer whom this link invites."""
        return await self._one(select(officers).where(officers.c.invitation == digest))

    async def all(self) -> list[Officer]:
        """Everybody, by login name."""
        return await self._many(select(officers).order_by(officers.c.login))

    async def lock_all(self) -> list[Officer]:
        """Everybody, until the transaction ends."""
        return await self._many(select(officers).order_by(officers.c.login).with_for_update())

    async def save(self, officer: Officer) -> None:
        """Write an officer over what is kept of them."""
        row = self._row(officer)
        await self._connection.execute(
            update(officers).where(officers.c.officer_id == row.pop("officer_id")).values(row)
        )

    async def use_code(self, officer_id: OfficerId, step: int) -> bool:
        """Note that the code of this step was used."""
        written = await self._connection.execute(
            update(officers)
            .where(officers.c.officer_id == officer_id, officers.c.code_step < step)
            .values(code_step=step)
        )
        return bool(written.rowcount)

    async def _one(self, statement: Select[Any]) -> Officer | None:
        row = (await self._connection.execute(statement)).mappings().first()
        return None if row is None else self._officer(row)

    async def _many(self, statement: Select[Any]) -> list[Officer]:
        return [self._officer(row) for row in (await self._connection.execute(statement)).mappings()]

    def _officer(self, row: RowMapping) -> Officer:
        values: dict[str, Any] = {name: row[name] for name in _PLAIN}
        return Officer(**values, code_secret=self._secret(row["code_sealed"], row["officer_id"]))

    def _secret(self, sealed: bytes | None, officer_id: str) -> str:
        try:
            return "" if sealed is None else self._personal_data.unseal(sealed)
        except (ConfigurationError, InvalidInput) as error:
            log.warning("code_secret_unreadable", officer_id=officer_id, why=str(error))
            return _UNREADABLE

    def _row(self, officer: Officer) -> dict[str, Any]:
        row: dict[str, Any] = asdict(officer)
        secret = row.pop("code_secret")
        if secret == _UNREADABLE:
            # What is kept stays as it is: its key may come back.
            return row
        return row | {"code_sealed": self._personal_data.seal(secret) if secret else None}
