"""Rows of emails that came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, insert, select

from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.correspondence_tables import incoming_mails
from gateway.adapters.database.tables import follow_ups
from gateway.application.ports.database.incoming_mails import KeptMail, MailOutcome, UnreadMail
from gateway.domain.errors import ConfigurationError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.ids import FollowUpId


class SqlIncomingMails:
    """The port `IncomingMails`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def is_known(self, key: str) -> bool:
        """Whether this email was taken before."""
        known = await self._connection.execute(select(exists().where(incoming_mails.c.mail_key == key)))
        return bool(known.scalar_one())

    async def add(self, mail: KeptMail) -> None:
        """One that was taken; its words are sealed."""
        await self._connection.execute(
            insert(incoming_mails).values(
                mail_key=mail.key,
                received_at=mail.received_at,
                outcome=mail.outcome,
                why=mail.why,
                follow_up_id=mail.follow_up_id,
                contact=mail.contact,
                words_sealed=self._personal_data.seal(mail.words) if mail.words else None,
            )
        )

    async def bounced(self, follow_up_id: FollowUpId, outcomes: Collection[MailOutcome]) -> frozenset[str]:
        """The contacts whose emails about this follow-up came back so."""
        found = await self._connection.execute(
            select(incoming_mails.c.contact).where(
                incoming_mails.c.follow_up_id == follow_up_id, incoming_mails.c.outcome.in_(outcomes)
            )
        )
        return frozenset(found.scalars())

    async def unread(self, since: datetime, outcomes: Collection[MailOutcome]) -> list[UnreadMail]:
        """The last email to each contact of an agency that came back so since then."""
        mail = incoming_mails.c
        whose = (follow_ups.c.agency_code, mail.contact, mail.outcome)
        last = func.max(mail.received_at, type_=Moment()).label("received_at")
        found = await self._connection.execute(
            select(*whose, last)
            .join(follow_ups, follow_ups.c.follow_up_id == mail.follow_up_id)
            .where(mail.received_at >= since, mail.outcome.in_(outcomes))
            .group_by(*whose)
            .order_by(last)
        )
        return [UnreadMail(**row) for row in found.mappings()]

    async def aside(self, limit: int) -> list[KeptMail]:
        """The newest of those kept aside."""
        found = await self._connection.execute(
            select(incoming_mails)
            .where(incoming_mails.c.outcome == MailOutcome.ASIDE)
            .order_by(incoming_mails.c.received_at.desc(), incoming_mails.c.mail_key)
            .limit(limit)
        )
        return [
            KeptMail(
                key=row["mail_key"],
                received_at=row["received_at"],
                outcome=row["outcome"],
                why=row["why"],
                follow_up_id=row["follow_up_id"],
                contact=row["contact"],
                words=self._words(row["words_sealed"]),
            )
            for row in found.mappings()
        ]

    def _words(self, sealed: bytes | None) -> str:
        try:
            return self._personal_data.unseal(sealed) if sealed else ""
        except (ConfigurationError, InvalidInput) as error:
            return f"({error})"
