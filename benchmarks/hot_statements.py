"""What the gateway asks its database again and again, with the plans by which an engine answers."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from benchmarks.plans import noted, plan
from benchmarks.stored_rows import key_of, service_id_of
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.ports.database import UnitOfWork
from gateway.domain.ids import CallId, EvaluationId, InvitationId, MessageId, ServiceId
from gateway.domain.outbox import OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.receipts import DeliveryStatus

_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEASE: Final = timedelta(minutes=2)


@dataclass(frozen=True)
class Sample:
    """One stored service and one number to ask about."""

    number: int
    total: int
    phone: PhoneNumber
    now: datetime

    @property
    def key(self) -> str:
        """Of its invitation, call and text."""
        return key_of(self.number, self.total)


Question = Callable[[UnitOfWork, Sample], Awaitable[object]]

HOT: Final[Mapping[str, Question]] = {
    "a call and its service": lambda w, s: w.calls.places([CallId(f"CA{s.key}")]),
    "visits of a service": lambda w, s: w.services.visits(ServiceId(service_id_of(s.number))),
    "services of an invitation": lambda w, s: w.services.of_invitations([InvitationId(s.key)]),
    "evaluations of slots": lambda w, s: w.evaluations.of_slots([f"item:{service_id_of(s.number)}"]),
    "evaluations of events": lambda w, s: w.evaluations.of_events([f"CA{s.key}:rate"]),
    "evaluations of a service": lambda w, s: w.evaluations.of_service(ServiceId(service_id_of(s.number))),
    "evaluations of an invitation": lambda w, s: w.evaluations.of_invitation(InvitationId(s.key)),
    "evaluations of a call": lambda w, s: w.evaluations.of_call(CallId(f"CA{s.key}")),
    "the first page": lambda w, _: w.evaluations.page(_BEGINNING, 0, 101),
    "a page in the middle": lambda w, s: w.evaluations.page(_BEGINNING, s.total // 6, 101),
    "the first page since yesterday": lambda w, s: w.evaluations.page(s.now - timedelta(days=1), 0, 101),
    "a person's invitations": lambda w, s: w.invitations.of_phone(s.phone, 20),
    "a person's open letters": lambda w, s: w.invitations.texted_and_unrated(
        [s.phone], s.now - timedelta(days=30)
    ),
    "an invitation to an occasion": lambda w, s: w.invitations.id_for(
        f"visit:{service_id_of(s.number)}:1", s.phone
    ),
    "due reminders": lambda w, s: w.invitations.due_reminders(s.now, 200),
    "the next reminder": lambda w, _: w.invitations.next_reminder_at(),
    "whether a text was taken": lambda w, s: w.messages.is_known(MessageId(f"SM{s.key}")),
    "texts about an invitation": lambda w, s: w.messages.sent_about(InvitationId(s.key)),
    "a receipt": lambda w, s: w.messages.keep_receipt(
        "twilio", f"SM0{s.key}", DeliveryStatus.DELIVERED, "", s.now
    ),
    "who opted out": lambda w, s: w.opt_outs.are_out([s.phone]),
    "follow-ups of evaluations": lambda w, s: w.follow_ups.of_evaluations([EvaluationId(s.key)]),
    "calls whose end nobody told": lambda w, s: w.calls.unended(s.now, 100),
    "outbox entries claimed": lambda w, s: w.outbox.claim(OutboxKind.CORE_STORE, s.now, _LEASE, 16),
    "how far a reminder has got": lambda w, s: w.outbox.standing(
        OutboxKind.UNASKED, [f"reminder:{s.now:%Y%m%d}:{s.key}"]
    ),
    "dead outbox entries": lambda w, _: w.inspection.rows(OutboxState.DEAD, None, 100),
    "how much is owed": lambda w, _: w.inspection.levels(),
}
"""Each as a use case, a worker or the API asks it."""

BOUNDED: Final = frozenset(
    {
        "attachment_parts",
        "delivery_receipts",
        "follow_ups",
        "incoming_mails",
        "officer_sessions",
        "opt_outs",
        "result_texts",
        "sign_in_tries",
    }
)
"""Tables that are tiny where plans are looked at, so that an engine may well read them whole."""
WHAT_WAITS: Final = frozenset(
    {
        "ix_calls_unended",
        "ix_evaluations_unplaced",
        "ix_outbox_dead",
        "ix_outbox_due",
        "pk_waiting_reminders",
    }
)
"""Indexes that hold only what waits: walking them costs what is owed, not what is stored."""


async def plans(database: SqlDatabase, sample: Sample) -> dict[str, list[str]]:
    """For each question the plans of its SELECTs, line by line. What it changes is undone."""
    found = {}
    for what, ask in HOT.items():
        with noted() as sent, suppress(_UndoneError):
            async with database.transaction() as work:
                await ask(work, sample)
                _undo()
        selects = [statement for statement in sent if statement[0].startswith("SELECT")]
        found[what] = [line for one in selects for line in await plan(database.reading_engine, one)]
    return found


class _UndoneError(Exception):
    """So that the transaction is rolled back."""


def _undo() -> None:
    raise _UndoneError


def whole_reads(plan_lines: Sequence[str]) -> list[str]:
    """The lines of a plan that read a table, or an index of all its rows, from one end to the other."""
    pairs = zip(plan_lines, [*plan_lines[1:], ""], strict=True)
    return [line for line, following in pairs if _reads_whole(line.strip(), following)]


def _reads_whole(line: str, following: str) -> bool:
    read = _READ.search(line)
    if read is None or read["table"] in BOUNDED or (read["first"] or read["last"]) in WHAT_WAITS:
        return False
    # PostgreSQL tells on the next line where in an index it begins.
    return read["first"] is None or "Index Cond" not in following


_READ: Final = re.compile(
    # A virtual table holds the keys that the statement was given, the other what was limited before.
    r"^(?:SCAN (?!CONSTANT ROW|json_each VIRTUAL TABLE|longest_due)|.*Seq Scan on "
    r"|.*Index (?:Only )?Scan (?:Backward )?using (?P<first>\w+) on )"
    r"(?P<table>\w+)(?: USING (?:COVERING )?INDEX (?P<last>\w+))?"
)
