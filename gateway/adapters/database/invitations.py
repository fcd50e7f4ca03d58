"""Rows of invitations."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from gateway.adapters.database.advisory_locks import AdvisoryLock
from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.key_sets import among, among_these
from gateway.adapters.database.sealed_phones import phone_columns, phone_of
from gateway.adapters.database.tables import invitations, open_questions, waiting_reminders
from gateway.domain.ids import InvitationId
from gateway.domain.invitations import Invitation, ReminderState, invitation_id

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import RowMapping, Select

    from gateway.adapters.database.writing import SqlConnection
    from gateway.application.ports.personal_data import PersonalData
    from gateway.domain.phone_numbers import PhoneNumber

_PLAIN = tuple(field.name for field in fields(Invitation) if field.name != "phone")
# What changes in the life of an invitation; the rest is frozen when it is made.
_CHANGING = (
    "lead_service_id",
    "lead_visit_no",
    "item_name",
    "language",
    "completed_at",
    "reminder",
    "remind_at",
    "letter",
    "line",
    "texted_at",
    "clarified_at",
    "rated_at",
)

# Statements of the busiest requests, and of workers, are made once: building one costs more than running it.
_ADD = insert(invitations)
_UPDATE = (
    update(invitations)
    .where(invitations.c.invitation_id == bindparam("b_invitation_id"))
    .values({name: bindparam(f"b_{name}") for name in _CHANGING})
)
_GET = select(invitations).where(invitations.c.invitation_id == bindparam("invitation_id"))
_THESE = among(invitations.c.invitation_id, "invitation_ids")
_READ = select(invitations).where(_THESE)
_LOCK = select(invitations).where(_THESE).order_by(invitations.c.invitation_id).with_for_update()
_HOLD = (
    select(invitations.c.invitation_id).where(_THESE).order_by(invitations.c.invitation_id).with_for_update()
)
_MARK_RATED_IN_TIME = (
    update(invitations)
    .where(_THESE, invitations.c.reminder == ReminderState.WAITING)
    .values(
        reminder=ReminderState.CANCELLED,
        remind_at=None,
        rated_at=func.coalesce(invitations.c.rated_at, bindparam("now", type_=Moment())),
    )
)
_MARK_RATED = (
    update(invitations).where(_THESE, invitations.c.rated_at.is_(None)).values(rated_at=bindparam("now"))
)
_OF_PERSON = select(invitations.c.invitation_id).where(invitations.c.phone_index == bindparam("phone_index"))
_ASKED = (
    select(open_questions.c.invitation_id)
    .where(open_questions.c.phone_index == bindparam("phone_index"))
    .order_by(open_questions.c.texted_at.desc())
    .limit(bindparam("limit"))
)
_OF_OCCASION = select(invitations).where(invitations.c.occasion == bindparam("occasion"))
_TO_PERSON = _OF_OCCASION.where(among(invitations.c.phone_index, "indexes"))
_TO_NOBODY = _OF_OCCASION.where(invitations.c.phone_index.is_(None))
_LOCK_TO_PERSON, _LOCK_TO_NOBODY = _TO_PERSON.with_for_update(), _TO_NOBODY.with_for_update()
_NEWEST = _OF_PERSON.order_by(invitations.c.created_at.desc()).limit(bindparam("limit"))
# No more than are wanted are looked up, however many are due.
_LONGEST_DUE = (
    select(waiting_reminders)
    .where(waiting_reminders.c.remind_at <= bindparam("now"))
    .order_by(waiting_reminders.c.remind_at)
    .limit(bindparam("limit"))
    .subquery("longest_due")
)
_DUE = (
    select(invitations)
    .join(_LONGEST_DUE, _LONGEST_DUE.c.invitation_id == invitations.c.invitation_id)
    # Asked of the row itself too: PostgreSQL looks at it once more when it has its lock, and at no other.
    .where(invitations.c.remind_at <= bindparam("now"))
    .order_by(_LONGEST_DUE.c.remind_at)
    .with_for_update(of=invitations, skip_locked=True)
)
_NEXT_DUE = select(func.min(waiting_reminders.c.remind_at))


class SqlInvitations:
    """The port `Invitations`."""

    def __init__(self, connection: SqlConnection, personal_data: PersonalData) -> None:
        self._connection = connection
        self._personal_data = personal_data

    async def get(self, invitation_id: InvitationId) -> Invitation | None:
        """One invitation."""
        found = await self._connection.execute(_GET, {"invitation_id": invitation_id})
        row = found.mappings().first()
        return None if row is None else self._invitation(row)

    async def lock(self, invitation_ids: Collection[InvitationId]) -> dict[InvitationId, Invitation]:
        """Invitations that nobody else changes; locked in one order, lest two nodes block for good."""
        found = await self._connection.execute(_LOCK, {"invitation_ids": invitation_ids})
        return {row["invitation_id"]: self._invitation(row) for row in found.mappings()}

    async def hold(self, invitation_ids: Collection[InvitationId]) -> None:
        """Row locks; SQLite has one writer at a time and needs none."""
        if self._connection.dialect.name != "sqlite":
            await self._connection.execute(_HOLD, {"invitation_ids": invitation_ids})

    async def mark_rated(self, invitation_ids: Collection[InvitationId], now: datetime) -> int:
        """One statement where all are rated before their reminder, which is the rule; else two."""
        if not invitation_ids:
            return 0
        values = {"invitation_ids": invitation_ids, "now": now}
        cancelled = (await self._connection.execute(_MARK_RATED_IN_TIME, values)).rowcount
        if cancelled < len(invitation_ids):
            await self._connection.execute(_MARK_RATED, values)
        return cancelled

    async def of_phone(self, phone: PhoneNumber, limit: int) -> list[Invitation]:
        """A person's invitations, newest first; see the port for what exceeds the limit.

        As many of either kind as are wanted, each from the end of an index: some numbers have thousands.
        """
        wanted: list[str] = []
        for index in self._personal_data.indexes(phone):
            for statement in (_ASKED, _NEWEST):
                found = await self._connection.execute(statement, {"phone_index": index, "limit": limit})
                wanted += found.scalars()
        locked = await self.lock([InvitationId(one) for one in list(dict.fromkeys(wanted))[:limit]])
        return sorted(locked.values(), key=lambda i: (i.created_at, i.invitation_id), reverse=True)

    async def id_for(self, occasion: str, phone: PhoneNumber | None) -> InvitationId:
        """The id of one person's invitation to one occasion, also when it was made under another key."""
        return (await self._of_occasion(_TO_PERSON, _TO_NOBODY, occasion, phone))[0]

    async def lock_for(
        self, occasion: str, phone: PhoneNumber | None
    ) -> tuple[InvitationId, Invitation | None]:
        """In one look."""
        new_id, row = await self._of_occasion(_LOCK_TO_PERSON, _LOCK_TO_NOBODY, occasion, phone)
        return new_id, None if row is None else self._invitation(row)

    async def _of_occasion(
        self, to_person: Select[Any], to_nobody: Select[Any], occasion: str, phone: PhoneNumber | None
    ) -> tuple[InvitationId, RowMapping | None]:
        indexes = self._personal_data.indexes(phone) if phone is not None else ()
        asked = {"occasion": occasion, **({"indexes": indexes} if indexes else {})}
        found = await self._connection.execute(to_person if indexes else to_nobody, asked)
        row = found.mappings().first()
        if row is None:
            return invitation_id(occasion, indexes[0] if indexes else ""), None
        return InvitationId(row["invitation_id"]), row

    async def add(self, invitation: Invitation) -> None:
        """A new invitation."""
        columns: dict[str, Any] = {name: getattr(invitation, name) for name in _PLAIN}
        columns |= phone_columns(self._personal_data, invitation.phone)
        await self._connection.execute(_ADD, columns)

    async def update(self, changed: Collection[Invitation]) -> None:
        """The same invitations, later."""
        if not changed:
            return
        await self._connection.execute(
            _UPDATE,
            [{f"b_{name}": getattr(i, name) for name in ("invitation_id", *_CHANGING)} for i in changed],
        )

    async def due_reminders(self, now: datetime, limit: int) -> list[Invitation]:
        """Invitations whose reminder is due, longest due first.

        One worker at a time: of two reminders to one person, the second names the letter that the first left.
        """
        if self._connection.dialect.name != "sqlite":
            await self._connection.execute(AdvisoryLock.JUDGING_REMINDERS.taken)
        found = await self._connection.execute(_DUE, {"now": now, "limit": limit})
        return [self._invitation(row) for row in found.mappings()]

    async def these(self, invitation_ids: Collection[InvitationId]) -> list[Invitation]:
        """Invitations as they are."""
        if not invitation_ids:
            return []
        found = await self._connection.execute(_READ, {"invitation_ids": invitation_ids})
        return [self._invitation(row) for row in found.mappings()]

    async def next_reminder_at(self) -> datetime | None:
        """When the next reminder falls due."""
        found = await self._connection.execute(_NEXT_DUE)
        next_at: datetime | None = found.scalar_one()
        return next_at

    async def texted_and_unrated(self, phones: Collection[PhoneNumber], since: datetime) -> list[Invitation]:
        """Invitations of these people that were texted about since then and not rated."""
        indexes = [index for phone in phones for index in self._personal_data.indexes(phone)]
        found = await self._connection.execute(
            select(invitations)
            .join(open_questions, open_questions.c.invitation_id == invitations.c.invitation_id)
            .where(among_these(open_questions.c.phone_index, indexes), open_questions.c.texted_at >= since)
        )
        return [self._invitation(row) for row in found.mappings()]

    def _invitation(self, row: RowMapping) -> Invitation:
        plain: dict[str, Any] = {name: row[name] for name in _PLAIN}
        return Invitation(phone=phone_of(self._personal_data, row["phone_sealed"]), **plain)
