"""A citizen as the database knows them: one row wherever a number is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, func, select

from gateway.adapters.database.engine import SqlDatabase
from gateway.application.ports.database import IncomingMessage, StoredService
from gateway.domain.follow_ups import FollowUp, FollowUpState
from gateway.domain.handling.acts import Actor, ActorKind, Comment
from gateway.domain.handling.chain import head_of, link
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.ids import EvaluationId, FollowUpId, InvitationId, MessageId, ServiceId
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.languages import Language
from gateway.domain.outbox import OutboxEntry, OutboxKind
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.services import Service, ServiceKind
from gateway.domain.subjects import Subject, SubjectKind


@dataclass(frozen=True)
class Person:
    """Whose rows are written, under which names and when."""

    phone: PhoneNumber
    at: datetime
    name: str = "1"

    @property
    def invitation_id(self) -> InvitationId:
        """Of their one invitation."""
        return InvitationId(f"invitation-{self.name}")


async def store(database: SqlDatabase, person: Person, *, remind_at: datetime | None = None) -> None:
    """Write the person's service, invitation, queued text and received text."""
    async with database.transaction() as work:
        await work.invitations.add(_invitation(person, remind_at))
        await work.services.add(_service(person))
        await work.outbox.add([_queued_text(person)])
        await work.messages.add_incoming(_text(person))


async def store_stranger(database: SqlDatabase, person: Person) -> bool:
    """Write a text of somebody who has nothing to rate; whether they get their one answer."""
    async with database.transaction() as work:
        await work.messages.add_incoming(_text(person))
        return await work.messages.first_answer_to_stranger(person.phone, person.at)


async def opt_out(database: SqlDatabase, person: Person) -> None:
    """The person wants no texts."""
    async with database.transaction() as work:
        await work.opt_outs.begin(person.phone, "退订", person.at)


async def remark(database: SqlDatabase, person: Person, words: str) -> FollowUpId:
    """Somebody writes about the person's bad rating; the number of its follow-up."""
    follow_up = FollowUp(
        follow_up_id=FollowUpId(f"GD-{person.name}"),
        evaluation_id=EvaluationId(f"evaluation-{person.name}"),
        agency_code="11441500MB2C90123X",
        state=FollowUpState.OPENED,
        opened_at=person.at,
        acknowledge_by=person.at,
        call_back_by=person.at,
        rectify_by=person.at,
        applies_to=1,
    )
    step = FollowUpStep(number=1, at=person.at, actor=Actor(ActorKind.AGENCY, "陈某"), act=Comment(words))
    async with database.transaction() as work:
        await work.follow_ups.add([follow_up])
        kept = link(head_of(follow_up), follow_up.follow_up_id, step, b"salt")
        await work.follow_ups.append(follow_up, kept, FollowUpState.OPENED, follow_up.acknowledge_by)
    return follow_up.follow_up_id


async def count(database: SqlDatabase, table: Table) -> int:
    """Rows of a table."""
    async with database.reading_engine.connect() as connection:
        counted: int = (await connection.execute(select(func.count()).select_from(table))).scalar_one()
        return counted


def _invitation(person: Person, remind_at: datetime | None) -> Invitation:
    return Invitation(
        invitation_id=person.invitation_id,
        occasion=f"visit:{person.name}",
        phone=person.phone,
        language=Language.CHINESE,
        timezone="Asia/Shanghai",
        item_name="居民身份证换领",
        lead_service_id=ServiceId(person.name),
        lead_visit_no=1,
        created_at=person.at,
        completed_at=person.at,
        reminder=ReminderState.WAITING if remind_at else ReminderState.QUEUED,
        remind_at=remind_at,
    )


def _service(person: Person) -> StoredService:
    service = Service(
        service_id=ServiceId(person.name),
        kind=ServiceKind.WINDOW,
        agency_code="11441500MB2C90123X",
        region_code="441500",
        item=Subject(SubjectKind.ITEM, "4415000001", "居民身份证换领"),
        phone=person.phone,
        completed_at=person.at,
    )
    return StoredService(
        service=service,
        fingerprint="",
        invitation_id=person.invitation_id,
        phone_problem="",
        registered_at=person.at,
    )


def _queued_text(person: Person) -> OutboxEntry:
    return OutboxEntry(
        kind=OutboxKind.SMS,
        key=f"reminder:{person.name}",
        payload={"text": "请评价"},
        due_at=person.at,
        created_at=person.at,
        expires_at=person.at + timedelta(days=3),
        phone=person.phone,
    )


def _text(person: Person) -> IncomingMessage:
    return IncomingMessage(
        message_id=MessageId(f"demo:{person.name}"),
        sender=person.phone,
        line="12345",
        body="我是陈某,5",
        received_at=person.at,
        outcome="rating",
        rule="tail_digit",
        invitation_id=person.invitation_id,
        match_reason="only_open",
        candidates=(person.invitation_id,),
        evaluation_id=None,
    )
