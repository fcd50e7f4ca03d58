"""A gateway with a fault planted in it breaks a promise in some world: the simulation can fail."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.adapters.database.outbox import SqlOutbox
from gateway.application import deliver_text, send_reminders
from gateway.application.deliver_text import DeliverText
from gateway.application.ports.database import UnitOfWork
from gateway.application.record_evaluation import RecordEvaluation
from gateway.domain.levels import Level
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind
from gateway.domain.pace import Rate
from gateway.domain.rating_rules import RatingGiven, RatingPlan
from gateway.domain.reminders import ReminderVerdict
from gateway.domain.services import Service
from gateway.domain.subjects import SubjectKind
from gateway.simulation import offices, sms_carrier, trouble, world
from gateway.simulation.ledger import Violation
from tests.simulation.worlds import broken_promises


def test_what_another_process_found_is_told_by_this_one__regression() -> None:
    """Many worlds are lived in processes of their own."""
    found = pickle.loads(pickle.dumps(Violation("nothing waits forever", "2 wait", "citizen-1")))  # noqa: S301 - made here

    assert (str(found), found.concerned) == ("nothing waits forever: 2 wait", ("citizen-1",))


def test_a_level_recorded_wrongly_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratings that were meant as 满意 come out as 非常满意."""
    right = RecordEvaluation.__call__

    async def wrong(
        self: RecordEvaluation, work: UnitOfWork, given: Sequence[RatingGiven], now: datetime
    ) -> list[RatingPlan]:
        better = {Level.SATISFIED: Level.VERY_SATISFIED}
        kinder = [replace(g, level=better.get(g.level, g.level) if g.level else None) for g in given]
        return await right(self, work, kinder, now)

    monkeypatch.setattr(RecordEvaluation, "__call__", wrong)

    assert broken_promises("none") == {"each given rating is recorded once, with the level meant"}


def test_a_repeat_taken_for_a_new_rating_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The natural key of an event is different each time it comes."""
    right = RecordEvaluation.__call__
    times = iter(range(1_000_000))

    async def wrong(
        self: RecordEvaluation, work: UnitOfWork, given: Sequence[RatingGiven], now: datetime
    ) -> list[RatingPlan]:
        fresh = [replace(g, event_key=f"{g.event_key}{next(times)}") for g in given]
        return await right(self, work, fresh, now)

    monkeypatch.setattr(RecordEvaluation, "__call__", wrong)

    assert broken_promises()


@pytest.mark.parametrize("kind", [OutboxKind.CORE_STORE, OutboxKind.EMAIL])
def test_a_lost_delivery_is_noticed(kind: OutboxKind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a kind is ever written into the outbox."""
    right = SqlOutbox.add

    async def wrong(self: SqlOutbox, entries: Sequence[OutboxEntry]) -> None:
        await right(self, [entry for entry in entries if entry.kind is not kind])

    monkeypatch.setattr(SqlOutbox, "add", wrong)

    expected = {
        OutboxKind.CORE_STORE: "every recorded revision reaches the core store",
        OutboxKind.EMAIL: "every bad rating is emailed, none twice",
    }
    assert broken_promises("none") == {expected[kind]}


def test_reminders_at_night_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet hours are forgotten: at queueing, at sending, and in what the carrier is told."""
    monkeypatch.setattr(send_reminders, "judge_reminder", lambda *_, **__: ReminderVerdict.SEND)
    monkeypatch.setattr("gateway.domain.reminders.next_allowed", lambda moment, *_: moment)
    monkeypatch.setattr("gateway.application.register_service.reminder_due_at", _a_day_later)
    monkeypatch.setattr(deliver_text, "text_expires_at", lambda *_: None)
    monkeypatch.setattr(DeliverText, "_allowed_at", lambda _self, _claimed, now: now)

    # What nobody handles has no result to be told at night either.
    monkeypatch.setattr(offices, "_AT_WORK", 0.0)

    assert broken_promises("none") == {"no reminder in quiet hours"}


def test_texts_that_carriers_keep_into_the_night_are_noticed__regression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sent by day without a deadline, they reach handsets that are on again at night."""
    monkeypatch.setitem(trouble.LEVELS, "off", replace(trouble.NONE, handset_off=1.0))
    monkeypatch.setattr(sms_carrier, "_OFF_AT_TIMES", 1.0)
    monkeypatch.setattr(offices, "_AT_WORK", 0.0)
    monkeypatch.setattr(deliver_text, "text_expires_at", lambda *_: None)

    assert broken_promises("off") == {"no reminder in quiet hours"}


def _a_day_later(completed_at: datetime, rules: object, _zone: object) -> datetime:
    return completed_at + rules.reminder_after  # type: ignore[attr-defined, no-any-return]  # Rules


def test_claims_that_forget_their_lease_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every worker takes what another one is delivering, which shows where that takes long."""
    claim, renew = SqlOutbox.claim, SqlOutbox.renew

    async def wrong(self: SqlOutbox, kind: OutboxKind, now: datetime, lease: timedelta, limit: int) -> object:
        return await claim(self, kind, now, lease * 0, limit)

    async def as_wrong(
        self: SqlOutbox, claimed: Sequence[ClaimedEntry], now: datetime, lease: timedelta
    ) -> None:
        await renew(self, claimed, now, lease * 0)

    monkeypatch.setattr(SqlOutbox, "claim", wrong)
    monkeypatch.setattr(SqlOutbox, "renew", as_wrong)

    assert broken_promises()


def test_a_restart_that_is_not_taken_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """恢复 is read as if it said nothing."""
    monkeypatch.setattr("gateway.application.receive_message.wants_restart", lambda _: False)

    assert broken_promises("none", citizens=12) == {"who wants texts again gets them"}


def test_one_slot_for_the_staff_of_all_visits_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second visit's rating comes out as an additional one of the first."""
    right = Service.slot

    def wrong(self: Service, kind: SubjectKind) -> str:
        return right(replace(self, visit_no=1), kind)

    monkeypatch.setattr(Service, "slot", wrong)

    assert broken_promises("none") == {"each given rating is recorded once, with the level meant"}


def test_receipts_that_prove_nothing_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A carrier that cannot be asked names our reference in its receipts; answers to sendings are lost."""
    monkeypatch.setitem(trouble.LEVELS, "forgetful", replace(trouble.NONE, peer_forgets=0.5))
    monkeypatch.setattr(sms_carrier, "_ASKABLE", 0.0)
    monkeypatch.setattr(sms_carrier, "_NAMES_REFERENCES", 1.0)

    async def wrong(self: SqlOutbox, *_: object) -> None:
        del self

    monkeypatch.setattr(SqlOutbox, "prove", wrong)

    assert broken_promises("forgetful") == {"what a receipt proves is not given up"}


def test_processes_that_each_keep_to_the_whole_pace_while_redis_is_away_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two of them send twice what the carrier takes."""
    monkeypatch.setitem(trouble.LEVELS, "apart", replace(trouble.NONE, redis_outages_per_day=500.0))
    monkeypatch.setattr(world, "_WITH_REDIS", 1.0)
    monkeypatch.setattr(world, "_TEXTS_PER_SECOND", (0.5,))
    monkeypatch.setattr(Rate, "share", lambda self, _nodes: self)

    assert broken_promises("apart") == {"no carrier gets more than it takes"}
