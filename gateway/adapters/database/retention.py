"""Erasing what is older than it may be, batch by batch, while the gateway runs (R-18).

Rows stay wherever figures are drawn from them; what leads to a person goes. Who wants no texts stays known
for as long as that holds.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, ColumnElement, Table, and_, delete, func, literal, or_, select, tuple_, update

from gateway.adapters.database.correspondence_tables import attachment_parts, incoming_mails, result_texts
from gateway.adapters.database.faults import translated
from gateway.adapters.database.officer_tables import ledger, officer_sessions, sign_in_tries
from gateway.adapters.database.past_calls import keep_count
from gateway.adapters.database.tables import (
    DEAD,
    SETTLED,
    calls,
    delivery_receipts,
    evaluations,
    follow_up_steps,
    incoming_messages,
    invitations,
    opt_outs,
    outbox,
    services,
    strangers,
)
from gateway.domain.outbox import OutboxState
from gateway.domain.services import ERASED

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.ext.asyncio import AsyncConnection

    from gateway.adapters.database.engine import SqlDatabase
    from gateway.application.ports.personal_data import PersonalData

BATCH: Final = 500
"""Rows changed in one transaction: writers wait no longer than for that."""
_NO_NUMBER: Final[dict[str, Any]] = {"phone_sealed": None, "phone_index": None}

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Erasure:
    """What goes of one table."""

    what: str
    """In words for an operator."""
    table: Table
    overdue: ColumnElement[bool]
    values: Mapping[str, Any] | None = None
    """What the rows are left with; None = they are removed."""
    by: Column[Any] | None = None
    """The indexed moment by which the oldest are found; None = by walking through the whole table."""
    count: Callable[[AsyncConnection, ColumnElement[bool]], Awaitable[None]] | None = None
    """Keeps of these rows, before they go, how many there were."""


def erasures(
    now: datetime, retention: timedelta, traces: timedelta, personal_data: PersonalData
) -> list[Erasure]:
    """Everything that is due to go at `now`: what leads to a person after `retention`, then the `traces`."""
    return [
        *_numbers(now - retention, personal_data),
        _results(now - retention),
        Erasure(
            "emails that came back",
            incoming_mails,
            incoming_mails.c.received_at < now - retention,
            by=incoming_mails.c.received_at,
        ),
        Erasure(
            "files that went with follow-ups",
            attachment_parts,
            attachment_parts.c.added_at < now - retention,
            by=attachment_parts.c.added_at,
        ),
        Erasure(
            "where spoken messages are",
            evaluations,
            and_(evaluations.c.recorded_at < now - retention, evaluations.c.recording_url != ""),
            # From then on nobody can listen here; those who carried the calls erase what they keep.
            {"recording_url": ""},
            by=evaluations.c.recorded_at,
        ),
        _given_up(now - retention),
        *old_traces(now, min(retention, traces)),
    ]


def _numbers(before: datetime, personal_data: PersonalData) -> list[Erasure]:
    nothing = personal_data.seal("")
    texts, wishes = incoming_messages.c, opt_outs.c
    said_something = or_(texts.phone_sealed.is_not(None), func.length(texts.body_sealed) > len(nothing))
    return [
        Erasure(
            "numbers of services",
            services,
            _old_service(before),
            _NO_NUMBER | {"phone_problem": ERASED},
            by=services.c.registered_at,
        ),
        Erasure(
            "numbers of invitations",
            invitations,
            _old_invitation(before),
            _NO_NUMBER,
            by=invitations.c.created_at,
        ),
        Erasure(
            "numbers and words of texts from citizens",
            incoming_messages,
            and_(texts.received_at < before, said_something),
            _NO_NUMBER | {"body_sealed": nothing},
        ),
        Erasure(
            "words written about follow-ups",
            follow_up_steps,
            and_(follow_up_steps.c.at < before, follow_up_steps.c.words_sealed.is_not(None)),
            # Their digests stay, so that the history can still be verified.
            {"words_sealed": None},
        ),
        Erasure("entries of the ledger", ledger, ledger.c.at < before),
        Erasure("opt-outs that were ended", opt_outs, wishes.ended_at < before),
        Erasure("strangers who were answered", strangers, strangers.c.answered_at < before),
    ]


def _old_service(before: datetime) -> ColumnElement[bool]:
    service = services.c
    return and_(
        service.phone_sealed.is_not(None),
        service.registered_at < before,
        or_(service.completed_at.is_(None), service.completed_at < before),
    )


def _old_invitation(before: datetime) -> ColumnElement[bool]:
    """Nothing was heard of it since `before`, and no reminder waits."""
    invitation = invitations.c
    contacts = (invitation.completed_at, invitation.texted_at, invitation.clarified_at, invitation.rated_at)
    return and_(
        invitation.phone_sealed.is_not(None),
        invitation.remind_at.is_(None),
        invitation.created_at < before,
        *(or_(at.is_(None), at < before) for at in contacts),
    )


def _results(before: datetime) -> Erasure:
    told = and_(result_texts.c.phone_sealed.is_not(None), result_texts.c.queued_at < before)
    return Erasure("numbers of texts about results", result_texts, told, _NO_NUMBER)


def _given_up(before: datetime) -> Erasure:
    entry = outbox.c
    given_up = and_(entry.state == DEAD, entry.phone_sealed.is_not(None), entry.created_at < before)
    dropped = {"state": OutboxState.DROPPED, "settled_at": entry.created_at, "last_error": ERASED}
    return Erasure("numbers of dead entries, which are dropped", outbox, given_up, _NO_NUMBER | dropped)


def old_traces(now: datetime, kept: timedelta) -> list[Erasure]:
    """What only tells what became of a delivery or a call, and grows with each."""
    before = now - kept
    entry, receipt, call = outbox.c, delivery_receipts.c, calls.c
    session, tries = officer_sessions.c, sign_in_tries.c
    settled = and_(entry.state.in_(SETTLED), entry.settled_at < before)
    return [
        Erasure("settled outbox entries", outbox, settled, by=entry.settled_at),
        Erasure("delivery receipts", delivery_receipts, receipt.updated_at < before, by=receipt.updated_at),
        Erasure("ended calls", calls, call.ended_at < before, by=call.ended_at, count=keep_count),
        Erasure("sessions of officers", officer_sessions, session.seen_at < before),
        Erasure("tries to sign in", sign_in_tries, tries.last_at < before),
    ]


async def count_overdue(database: SqlDatabase, erasure: Erasure) -> int:
    """How many rows are due; raises Unavailable when the database does not answer."""
    statement = select(func.count()).select_from(erasure.table).where(erasure.overdue)
    with translated():
        async with database.reading_engine.connect() as connection:
            count: int = (await connection.execute(statement)).scalar_one()
    return count


async def erase(database: SqlDatabase, erasure: Erasure, at_most: int | None = None) -> int:
    """Carry an erasure out, of so many rows at most; the number of rows changed.

    Rows that others hold are left for the next run. A run that was stopped leaves nothing half done.

    Raises:
        Unavailable: the database did not answer; what was committed stays.

    """
    changed = 0
    with translated():
        async for keys in _overdue(database, erasure):
            changed += await _erase_batch(database, erasure, keys)
            if at_most is not None and changed >= at_most:
                break
    return changed


async def _overdue(database: SqlDatabase, erasure: Erasure) -> AsyncIterator[list[Key]]:
    """Primary keys of the rows that are due, batch by batch, the oldest first; looking locks nothing."""
    key = tuple(erasure.table.primary_key.columns)
    place = key if erasure.by is None else (erasure.by, *key)
    batch = select(*place).where(erasure.overdue).order_by(*place).limit(BATCH)
    statement = batch
    while True:
        async with database.reading_engine.connect() as connection:
            places = [tuple(row) for row in await connection.execute(statement)]
        if not places:
            return
        yield [place[-len(key) :] for place in places]
        last = [literal(value, column.type) for value, column in zip(places[-1], place, strict=True)]
        statement = batch.where(tuple_(*place) > tuple_(*last))


async def _erase_batch(database: SqlDatabase, erasure: Erasure, keys: list[Key]) -> int:
    columns = tuple(erasure.table.primary_key.columns)
    async with database.engine.begin() as connection:
        # Looked at once more under lock: a citizen may have written since.
        found = await connection.execute(
            select(*columns)
            .where(tuple_(*columns).in_(keys), erasure.overdue)
            .order_by(*columns)
            .with_for_update(skip_locked=True)
        )
        held = [tuple(row) for row in found]
        if held:
            these = tuple_(*columns).in_(held)
            table, values = erasure.table, erasure.values
            if erasure.count is not None:
                await erasure.count(connection, these)
            await connection.execute(
                delete(table).where(these) if values is None else update(table).where(these).values(values)
            )
    return len(held)
