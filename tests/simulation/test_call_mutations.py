"""Faults planted in the calls that the gateway places break the promise that is about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.application import deliver_call
from gateway.application.deliver_call import DeliverCall
from gateway.application.deliverer import Result, Verdict
from gateway.application.plan_calls import PlanCalls
from gateway.domain.call_plan import CallOutcome
from gateway.domain.errors import FailureFacts
from gateway.domain.outbox import ClaimedEntry
from gateway.simulation import call_carrier, equipment, offices, trouble
from tests.simulation.worlds import broken_promises


@pytest.fixture(autouse=True)
def calling(monkeypatch: pytest.MonkeyPatch) -> None:
    """In all of these worlds citizens are called, and nobody handles follow-ups."""
    monkeypatch.setattr(equipment, "_CALLING", 1.0)
    monkeypatch.setattr(equipment, "_CALLED_AGAIN_AFTER", equipment._CALLED_AGAIN_AFTER[:1])
    monkeypatch.setattr(offices, "_AT_WORK", 0.0)


def test_calls_at_night_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the hour."""
    monkeypatch.setattr(deliver_call, "next_opening", lambda moment, *_: moment)
    monkeypatch.setattr("gateway.application.plan_calls.next_opening", lambda moment, *_: moment)

    assert broken_promises("none") == {"nobody is called at night"}


def test_one_call_too_many_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was tried is forgotten."""
    monkeypatch.setattr(call_carrier, "_WHAT_COMES", {CallOutcome.BUSY: 1.0})
    monkeypatch.setattr(deliver_call, "_kept", lambda _: [])

    assert broken_promises("none") == {"nobody is called more often than planned"}


def test_a_second_call_to_whoever_answered_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever did not rate is called until they do."""
    monkeypatch.setattr(call_carrier, "_WHAT_COMES", {CallOutcome.REACHED: 1.0})
    right = DeliverCall._concluded

    def wrong(self: DeliverCall, claimed: ClaimedEntry, outcome: CallOutcome, now: object) -> Result:
        heard = outcome is CallOutcome.REACHED
        return right(self, claimed, CallOutcome.BUSY if heard else outcome, now)  # type: ignore[arg-type]

    monkeypatch.setattr(DeliverCall, "_concluded", wrong)

    assert broken_promises("none") == {"whoever answered is not called again"}


def test_calls_that_nobody_wants_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks who has opted out or rated."""
    right = DeliverCall._verdict

    def wrong(self: DeliverCall, claimed: ClaimedEntry, _out: object, _rated: object, now: object) -> Verdict:
        return right(self, claimed, (), (), now)  # type: ignore[arg-type]

    monkeypatch.setattr(DeliverCall, "_verdict", wrong)

    assert broken_promises("none") == {"nobody is called who opted out, has rated or was reminded"}


def test_a_plan_that_is_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is owed to anybody."""

    async def nothing(*_: object) -> None:
        pass

    monkeypatch.setattr(PlanCalls, "__call__", nothing)

    assert broken_promises("none") == {"who is to be called is called"}


def test_a_call_placed_anew_because_its_answer_was_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The carrier took it, and the gateway takes silence for a refusal."""
    monkeypatch.setitem(trouble.LEVELS, "forgetful", replace(trouble.NONE, peer_forgets=0.5))

    def certain(code: str, *, retryable: bool, outcome_unknown: bool = False) -> FailureFacts:
        return FailureFacts(code, retryable=retryable or outcome_unknown)

    monkeypatch.setattr("gateway.simulation.call_carrier.FailureFacts", certain)

    assert broken_promises("forgetful")
