"""Rows of texts about the results of follow-ups."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, select, update

from gateway.adapters.database.correspondence_tables import result_texts
from gateway.adapters.database.dialects import insert_or_ignore
from gateway.adapters.database.key_sets import among
from gateway.adapters.database.sealed_phones import phone_columns, phone_of
from gateway.domain.handling.result_texts import ResultText, ResultTextState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import RowMapping

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.ids import FollowUpId
    from gateway.domain.phone_numbers import PhoneNumber

_PLAIN: Final = tuple(field.name for field in fields(ResultText) if field.name != "phone")
_CHANGING: Final = ("state", "tried_at", "settled_at", "clarified_at", "answered_at")
_MOST: Final = 20
"""More than anybody keeps apart; a reply is about the newest."""


# Asked with each text: building one costs more than running it.
_RECENT = and_(among(result_texts.c.phone_index, "indexes"), result_texts.c.queued_at >= bindparam("since"))
_OF_PHONE = (
    select(result_texts)
    .where(_RECENT)
    .order_by(result_texts.c.queued_at.desc(), result_texts.c.step.desc())
    .limit(_MOST)
)
_UNANSWERED = select(result_texts.c.phone_index).where(
    _RECENT, result_texts.c.state != ResultTextState.UNSENT, result_texts.c.answered_at.is_(None)
)


class SqlResultTexts:
    """The port `ResultTexts`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def add(self, text: ResultText) -> None:
        """A new text."""
        row = {name: getattr(text, name) for name in _PLAIN} | phone_columns(self._personal_data, text.phone)
        await self._connection.execute(insert_or_ignore(self._connection, result_texts), [row])

    async def update(self, text: ResultText, later: ResultText) -> None:
        """The same text, later: what differs is written, and nothing that another learnt of it meanwhile."""
        changed = {
            name: value for name in _CHANGING if (value := getattr(later, name)) != getattr(text, name)
        }
        if changed:
            await self._connection.execute(
                update(result_texts)
                .where(result_texts.c.follow_up_id == text.follow_up_id, result_texts.c.step == text.step)
                .values(changed)
            )

    async def last_of(self, follow_up_id: FollowUpId) -> ResultText | None:
        """The newest text of a follow-up."""
        found = await self._connection.execute(
            select(result_texts)
            .where(result_texts.c.follow_up_id == follow_up_id)
            .order_by(result_texts.c.step.desc())
            .limit(1)
        )
        row = found.mappings().first()
        return None if row is None else self._text(row)

    async def of_step(self, follow_up_id: FollowUpId, step: int) -> ResultText | None:
        """The text that tells of this step."""
        found = await self._connection.execute(
            select(result_texts).where(
                result_texts.c.follow_up_id == follow_up_id, result_texts.c.step == step
            )
        )
        row = found.mappings().first()
        return None if row is None else self._text(row)

    async def of_phone(self, phone: PhoneNumber, since: datetime) -> list[ResultText]:
        """A person's texts since then, oldest first."""
        asked = {"indexes": self._personal_data.indexes(phone), "since": since}
        found = await self._connection.execute(_OF_PHONE, asked)
        return [self._text(row) for row in reversed(found.mappings().all())]

    async def unanswered(self, phones: Collection[PhoneNumber], since: datetime) -> frozenset[PhoneNumber]:
        """Who of these was sent such a text since then and has not answered it."""
        owners = {index: phone for phone in phones for index in self._personal_data.indexes(phone)}
        found = await self._connection.execute(_UNANSWERED, {"indexes": owners.keys(), "since": since})
        return frozenset(owners[index] for index in found.scalars())

    def _text(self, row: RowMapping) -> ResultText:
        plain: dict[str, Any] = {name: row[name] for name in _PLAIN}
        return ResultText(phone=phone_of(self._personal_data, row["phone_sealed"]), **plain)
