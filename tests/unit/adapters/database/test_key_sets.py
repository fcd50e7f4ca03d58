"""However many keys are asked for, the engine is asked in the same words.

Each text more is planned and kept by PostgreSQL and the driver, on every connection: a worker whose batches
differ in size would fill its memory with them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from benchmarks.plans import noted
from gateway.adapters.database.engine import SqlDatabase
from gateway.application.ports.database import UnitOfWork
from gateway.domain.ids import CallId, EvaluationId, InvitationId, OutboxId
from gateway.domain.outbox import CarrierTry, ClaimedEntry, OutboxEntry, OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber

NOW: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)
LEASE: Final = timedelta(minutes=2)


def phones(many: int) -> list[PhoneNumber]:
    return [PhoneNumber(f"+861380013800{n}") for n in range(many)]


def keys(many: int) -> list[str]:
    return [f"key-{n}" for n in range(many)]


def held(many: int) -> list[ClaimedEntry]:
    return [
        ClaimedEntry(
            outbox_id=OutboxId(n),
            entry=OutboxEntry(
                kind=OutboxKind.SMS, key=f"k:{n}", payload={}, due_at=NOW, created_at=NOW, order_key=f"o:{n}"
            ),
            attempt=1,
            lease=f"lease-{n}",
            interrupted=False,
        )
        for n in range(many)
    ]


ASKED: Final[Mapping[str, Callable[[UnitOfWork, int], Awaitable[object]]]] = {
    "evaluations of slots": lambda w, n: w.evaluations.of_slots(keys(n)),
    "evaluations of events": lambda w, n: w.evaluations.of_events(keys(n)),
    "services of invitations": lambda w, n: w.services.of_invitations([InvitationId(k) for k in keys(n)]),
    "calls and their services": lambda w, n: w.calls.places([CallId(k) for k in keys(n)]),
    "invitations locked": lambda w, n: w.invitations.lock([InvitationId(k) for k in keys(n)]),
    "invitations read": lambda w, n: w.invitations.these([InvitationId(k) for k in keys(n)]),
    "open letters": lambda w, n: w.invitations.texted_and_unrated(phones(n), NOW),
    "opt-outs": lambda w, n: w.opt_outs.are_out(phones(n)),
    "results unanswered": lambda w, n: w.result_texts.unanswered(phones(n), NOW),
    "follow-ups": lambda w, n: w.follow_ups.of_evaluations([EvaluationId(k) for k in keys(n)]),
    "references of texts": lambda w, n: w.messages.references("twilio", keys(n)),
    "texts confirmed": lambda w, n: w.messages.confirm(keys(n)),
    "entries begun": lambda w, n: w.outbox.begin([(e, CarrierTry("twilio", "", NOW)) for e in held(n)]),
    "entries done": lambda w, n: w.outbox.settle(held(n), OutboxState.DONE, NOW, ""),
    "entries dead": lambda w, n: w.outbox.settle(held(n), OutboxState.DEAD, NOW, "refused"),
    "entries renewed": lambda w, n: w.outbox.renew(held(n), NOW, LEASE),
    "entries hastened": lambda w, n: w.outbox.hasten(OutboxKind.EMAIL, keys(n), NOW),
}
"""What webhooks and workers ask for many at once."""


@pytest.mark.parametrize("what", ASKED)
async def test_more_keys_make_no_new_statement__regression(database: SqlDatabase, what: str) -> None:
    """One, two, five: the same texts."""
    sent = {}
    for many in (1, 2, 5):
        with noted() as statements:
            async with database.transaction() as work:
                await ASKED[what](work, many)
        sent[many] = [text for text, _ in statements if not text.startswith("BEGIN")]

    assert sent[1] != []
    assert sent[1] == sent[2] == sent[5]
